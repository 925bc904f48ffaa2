"""The claims: texts, links, verdicts, search. It knows nothing of HTTP pages."""
