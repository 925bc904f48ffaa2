"""Why a document was found: the passages to show, with the words that matched.

A line in here may know a query tree and the text of one document, and no scores.

- `marking`: where in a text the words, phrases and concepts of a query stand
- `passages`: the part of a text to show
"""
