"""The index: how references become postings on disk, and what can be read from it as arrays.

A line in here may know Whoosh, files and numpy, and what a reference is; nothing of how a query is
written or why one document is better than another, but for BM25.

- `documents`, `name_forms`: a reference as terms, concepts, facets and names
- `schema`, `postings`, `codec`, `writer`: its way to the disk, in Whoosh's files
- `mapped_files`, `reader`: and back, as arrays; `embeddings`: vectors, with the extra `[semantic]`
- `folder`: the folder of an instance that holds the current index
- `algebra`: what is sought, whatever answers; `matching`: what an index here has of it
- `bm25`, `statistics`, `matches`: what an opened index says of a term, a concept, a document
- `lookup_fields`: names, identifiers and beginnings of words, which are looked up and not ranked
"""
