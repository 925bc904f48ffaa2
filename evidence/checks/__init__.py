"""The rules of a knowledge base: what a person must mend before anyone reads it.

A rule is a function from a knowledge base to problems. What reads a file and makes the base
wrong is an error; what is worth a look is a warning.

- `run`: every rule, in the order in which it is told, and what was looked at;
- `records`: the fields of a record, one beside the other; `findings`: its figures and harms;
- `doubles`: two records that may be one; `terms`: words of the vocabulary;
- `claims`: keys, verdicts, marks and signatures of a register; `links`: what a claim may rest on;
- `certainty`: the reasons of a certainty; `safety`: harms that no claim links;
- `summaries`: the summaries of texts and concepts, beside the claims that they name;
- `characters`: what no document can hold;
- `wording`: French beside English (`wording.tsv`, `figures`);
- `rule`: what a rule is, and where in a file it speaks of; `tables`: the tables of words.

A line in here may know the base and how studies are appraised. It knows nothing of decisions,
pages or searches. Each rule and what it cannot see: docs/data-format.md.
"""
