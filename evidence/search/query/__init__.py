"""The query language: what a person typed becomes a plan, in one visit.

A line in here may ask the index what it holds (a name, a title, a value of a field), never which
documents match or how well.

- `plan`: one search, ready to be run; `nodes`: the tree of a query
- `parse`, `pieces`, `fields`, `values`: typed text to a tree, whatever is typed
- `tags`: field tags of other databases, in our fields
- `pasted`: titles, bylines and whole references that name works of the library
- `spelling`: did you mean
"""
