"""The programming interface: `/api/v1/…`, and the addresses of pages with `.json` behind them.

- `operations`: what can be asked; each is a function from values to an answer
- `operation`: how one is declared, how its parameters are read and its answer is sent
- `serialise`: things of the knowledge base as JSON; `answers`, `records`: the models of that JSON
- `openapi`: the description of all that, for programs and as a page

What may a line in here know? The site, the texts as they stand and the search; addresses of pages,
to name them; of the other rooms of the app what they say too (the order of designs, citations),
never how a page looks.
"""
