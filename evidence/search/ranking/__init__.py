"""Which documents answer, and in which order.

A line in here may know query trees and the arrays of an index; nothing of how a query was typed or
of how an answer is shown.

- `evaluation`: a tree to documents and scores; `facets`: filters, and counts of further choices
- `subjects`: studies of what was asked for before what mentions it
- `sorting`: by relevance, age, level of evidence, directness; works published twice
- `claim_query`, `suggest`, `feedback`: references for a claim, with the reasons
- `scope`: whether anything bears on a claim at all
"""
