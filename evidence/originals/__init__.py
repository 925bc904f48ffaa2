"""The originals of texts: fetched, read in a bounded process, kept version by version."""
