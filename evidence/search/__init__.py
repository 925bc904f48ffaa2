"""Search by indication: one protocol, one engine, opened on a knowledge base."""
