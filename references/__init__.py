"""The library: everything bibliographic. It knows nothing of claims."""
