"""Words of French and English: their tokens and stems, their translation, their spelling.

A line in here may know the two languages and the vocabulary, and nothing of an index or a query.

- `analysis`: text to tokens and stems, for documents and queries alike; which language a text is in
- `translation`: French words to English ones, by our list and by regular correspondences
- `dictionary`, `slips`: whether a word is rightly written, and which words people write for which
- `lexicon.tsv`, `correspondences.tsv`, `practical.tsv`, `stop.tsv`: the lists these read
"""
