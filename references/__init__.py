"""The library: everything bibliographic. It knows nothing of claims.

A line in here may know records, files in bibliographic formats, services that list works, and
the vocabulary of concepts.

- `verify`: is a citation right? `intake`: new records into a library;
- `matching`: is it the same? `sources`: what services say; `library`: the records of a folder;
- `formats`: files of records, read and written; `concepts`: the vocabulary and its files;
- `record`, `identifiers`, `normalise`, `notices`, `preprints`, `errors`: what all of them share.
"""
