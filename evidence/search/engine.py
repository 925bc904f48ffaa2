"""Searching one index: a query tree becomes sets of documents and scores, as arrays.

Every query is answered exhaustively: each posting of each term is added up, term at a time,
so the best ten are the best ten (Whoosh's limited search can lose some). Posting lists are
kept decoded, with their BM25 scores, in bounded memory.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from evidence.search.analysis import STOP, Word, analyzer, raw_tokens
from evidence.search.highlighting.marking import PlacedWords, marker, placed
from evidence.search.highlighting.passages import Runs, highlight
from evidence.search.index import reader as wi
from evidence.search.index.documents import CONCEPT_FACETS, name_parts
from evidence.search.protocol import Answer, Hit, Suggestion
from evidence.search.query import parse as q
from evidence.search.query.identifiers import identifier
from evidence.search.query.pasted import named, of_byline
from evidence.search.query.spelling import Speller
from evidence.search.ranking.feedback import Feedback
from evidence.search.ranking.sorting import Orders, subjects
from evidence.search.ranking.statistics import IndexStatistics
from evidence.search.ranking.suggest import Suggester, recognise
from evidence.search.request import FACETS, MAX_LIMIT, SearchRequest, Sort
from references.concepts import Vocabulary, fold

Mask = npt.NDArray[np.bool_]
Scores = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int64]

#: What the translation of a word counts beside the word itself.
TRANSLATION_WEIGHT = 0.7

#: What the words that named a concept add to it: the wording a record happens to use should
#: not decide, or searching for an abbreviation would list what is written in abbreviations.
TYPED_WEIGHT = 0.3

_YEAR = re.compile(r"(?:1[89]|20)\d\d")
_AND_OTHERS = re.compile(r"\bet\.? (?:al|coll)\b\.?", re.IGNORECASE)

TOO_COMMON = "These words are too common to search for; add a more telling one."

MAX_EXPANSION = 5000  # words that the beginnings in one query may stand for


@dataclass(frozen=True, slots=True)
class _Counts:
    """A facet: its values, and which document has which, as two parallel arrays."""

    values: tuple[str, ...]
    documents: Ids
    numbers: Ids


class WhooshEngine(IndexStatistics):
    """A search engine over one opened index. Safe to share between threads."""

    name = "whoosh"

    def __init__(self, index: wi.OpenIndex, vocabulary: Vocabulary, folder: Path) -> None:
        super().__init__(index, vocabulary, folder)
        self.feedback = Feedback(self)
        self.orders = Orders(self)
        self._suggester = Suggester(self, self.feedback, self.orders)
        self._speller = Speller(index, vocabulary)
        self._counts: dict[str, _Counts] = {}

    def close(self) -> None:
        """Free what is cached; the mapped files go with the last array that uses them."""
        super().close()
        self._counts.clear()

    # ---- evaluation ----

    def _nothing(self) -> tuple[Mask, Scores]:
        return np.zeros(self.index.count, dtype=bool), np.zeros(self.index.count)

    def _gather(self, postings: Iterable[tuple[Ids, Scores]]) -> tuple[Mask, Scores]:
        """The union of posting lists, their scores added."""
        mask, scores = self._nothing()
        for ids, gains in postings:
            mask[ids] = True
            scores[ids] += gains
        return mask, scores

    def _word(self, word: Word, look: _Look) -> tuple[Mask, Scores] | None:
        """One word of a query in any of its forms; None for a word too common to search."""
        raw = fold(word.text)
        other = analyzer("fr" if look.language == "en" else "en")
        own = analyzer(look.language).token(raw)
        if not own.stems:
            return None
        whole = own.stems[-1:] if own.joined else own.stems[:1] if own.width == 1 else ()
        mask, scores = self._gather(self.term(stem) for stem in whole)
        foreign = [s for s in other.token(raw).stems[-1:] if s not in own.stems]
        names = [part for part in name_parts(raw) if part]
        extra = [self.term(stem) for stem in foreign]
        extra += [self.exact("author", name) for name in names[:1]]
        if _YEAR.fullmatch(raw):  # said in the text, or when it appeared
            appeared = np.flatnonzero(self.index.live & (self.numbers("year") == int(raw)))
            rarity = wi.idf(len(appeared), self.index.count)
            extra.append((appeared, np.full(len(appeared), rarity)))
        if look.expand and look.language == "fr":
            for stem, weight in self.bridge.translate(raw):
                ids, gains = self.term(stem)
                extra.append((ids, gains * (weight * TRANSLATION_WEIGHT)))
        for ids, gains in extra:
            if len(ids):
                mask[ids] = True
                scores[ids] += gains
        whole_only = own.joined and len(own.stems) == 1  # its parts have no stem of their own
        if own.width > 1 and len(own.words) > 1 and not whole_only:
            # A compound is there in one word or in all its parts, short ones side by side.
            parts = own.stems[:-1] if own.joined else own.stems
            together = np.ones(self.index.count, dtype=bool)
            if min(map(len, parts)) < 3:  # IL-6, CT-guided: only side by side do they mean it
                found = self._phrase(raw, look)
                together = found[0] if found else ~together
            for stem in parts:
                ids, gains = self.term(stem)
                has = np.zeros(self.index.count, dtype=bool)
                has[ids] = True
                together &= has
                scores[ids] += gains
            mask |= together
            scores[~mask] = 0.0
        return mask, scores

    def _evaluate(self, node: q.Node, look: _Look) -> tuple[Mask, Scores] | None:
        """Which documents a node matches, and their scores (0 where it does not match).

        None means that the node says nothing (only words too common to search).
        """
        match node:
            case q.Everything():
                return self.index.live.copy(), np.zeros(self.index.count)
            case q.Words(text):
                words = analyzer(look.language).words(text)
                return self._all([self._word(word, look) for word in words], look)
            case q.Concepts(ids, text):
                mask, scores = self._gather(self.concept(concept) for concept in ids)
                typed = self._all(
                    [self._word(w, look) for w in analyzer(look.language).words(text)],
                    replace(look, expand=False, relax=False),
                )
                if typed is not None:
                    mask |= typed[0]
                    scores += TYPED_WEIGHT * typed[1]
                return mask, scores
            case q.Phrase(text):
                return self._phrase_or_byline(text, look)
            case q.Prefix(text):
                return self._prefix(wi.EXACT, text, look)
            case q.Field(name, text):
                return self._field(name, text, look)
            case q.Range(name, low, high):
                values = self.numbers(name)
                mask = self.index.live & (values > 0)
                if low is not None:
                    mask &= values >= low
                if high is not None:
                    mask &= values <= high
                return mask, np.zeros(self.index.count)
            case q.And(parts, typed_and):
                inner = replace(look, relax=look.relax and not typed_and)
                return self._join(parts, inner)
            case q.Or(parts):
                found = [self._evaluate(part, look) for part in parts]
                known = [item for item in found if item is not None]
                if not known:
                    return None
                mask, scores = known[0]
                for other_mask, other_scores in known[1:]:
                    mask = mask | other_mask
                    scores = scores + other_scores
                return mask, scores
            case q.Not(part):
                inside = self._evaluate(part, replace(look, relax=False))
                if inside is None:
                    return None
                return self.index.live & ~inside[0], np.zeros(self.index.count)
        raise TypeError(f"not a query node: {node!r}")

    def _join(self, parts: Sequence[q.Node], look: _Look) -> tuple[Mask, Scores] | None:
        """All parts; when relaxing, most of the words but every field, range and NOT."""
        if not look.relax:
            return self._all([self._evaluate(part, look) for part in parts], look)
        fixed = [p for p in parts if isinstance(p, (q.Field, q.Range, q.Not))]
        free: list[tuple[Mask, Scores] | None] = []
        strict = replace(look, relax=False)
        for part in parts:
            if isinstance(part, q.Words):
                words = analyzer(look.language).words(part.text)
                free += [self._word(word, strict) for word in words]
            elif part not in fixed:
                free.append(self._evaluate(part, strict))
        most = self._all(free, look)
        demands = [self._evaluate(part, strict) for part in fixed]
        return self._all([most, *demands] if free else demands, strict)

    def _all(
        self, items: Sequence[tuple[Mask, Scores] | None], look: _Look
    ) -> tuple[Mask, Scores] | None:
        """What all items match; when relaxing, what as many as possible but one match."""
        known = [item for item in items if item is not None]
        if not known:
            return None
        if len(known) == 1:
            return known[0]
        scores = known[0][1]
        for _, other in known[1:]:
            scores = scores + other
        if look.relax:
            counts = np.zeros(self.index.count, dtype=np.int16)
            for mask, _ in known:
                counts += mask
            best = int(counts.max(initial=0))
            mask = counts >= max(1, best - 1)
        else:
            mask = known[0][0]
            for other_mask, _ in known[1:]:
                mask = mask & other_mask
        scores[~mask] = 0.0
        return mask, scores

    def _phrase_or_byline(self, text: str, look: _Look) -> tuple[Mask, Scores] | None:
        """A phrase; where it stands nowhere, the works whose authors and year it is."""
        found = self._phrase(text, look)
        if found is None or found[0].any():
            return found
        for reading in of_byline(text, self):
            works = self._evaluate(reading, look)
            if works is not None and works[0].any():
                return works
        if not placed(text, analyzer(look.language)):
            look.note(TOO_COMMON)
        return found

    def _phrase(self, text: str, look: _Look) -> tuple[Mask, Scores] | None:
        """Where these words stand together, the small ones passed over.

        Which words are small depends on the language of the part they stand in: "plus" is one
        in French and none in English.
        """
        by_language = {language: placed(text, analyzer(language)) for language in ("en", "fr")}
        words = by_language[look.language] or by_language["en"] or by_language["fr"]
        if not words:
            return None
        mask, scores = self._nothing()
        if by_language["en"] == by_language["fr"]:
            mask[self._places(words) >> 20] = True
        else:
            for language, own in by_language.items():
                places = self._places(own)
                mask[places[self.stand_in(language, places)] >> 20] = True
        mask &= self.index.live
        for stem in dict.fromkeys(analyzer(look.language).stem(word) for _, word in words):
            ids, gains = self.term(stem)
            scores[ids] += gains
        scores[~mask] = 0.0
        return mask, scores

    def _places(self, words: PlacedWords) -> Ids:
        """Where the first of the words stands with all the others at their distances from it."""
        if not words:
            return np.zeros(0, dtype=np.int64)
        begin = min(offset for offset, _ in words)  # small words before it may not be there
        starts: Ids | None = None
        for offset, word in sorted(words, key=lambda w: self.index.frequency(wi.EXACT, w[1])):
            places = self.index.positions(wi.EXACT, word) - (offset - begin)
            starts = places if starts is None else np.intersect1d(starts, places)
            if not len(starts):
                break
        assert starts is not None  # noqa: S101 - there is at least one word
        return starts

    def _prefix(self, name: str, text: str, look: _Look) -> tuple[Mask, Scores]:
        """What has a word that begins so, scored by the rarest of its words that do."""
        beginning = fold(text)
        if name == wi.EXACT:
            token = analyzer(look.language).token(beginning)
            if token.joined or len(token.words) == 1:
                beginning = token.words[-1][1]  # beta-amyl for β-amyl, in one word
        if name != "identifier":
            beginning = "".join(sign for sign in beginning if sign.isalnum() or sign in ".-")
        left = look.said.words_left
        terms = self.index.terms(name, beginning, left + 1)
        if len(terms) > left:
            look.note(
                f"Only the first {MAX_EXPANSION} words that begin so were searched for; "
                "write more letters before the star."
            )
        look.said.words_left = max(0, left - len(terms))
        mask, scores = self._nothing()
        for term in terms[:left]:
            ids, gains = self.exact(name, term)
            mask[ids] = True
            scores[ids] = np.maximum(scores[ids], gains)
        return mask, scores

    def _field(self, name: str, text: str, look: _Look) -> tuple[Mask, Scores] | None:
        if name in CONCEPT_FACETS:
            ids, _ = self.exact(name, text)
            return self._gather([(ids, np.zeros(len(ids)))])
        if name == "concept":
            return self._gather([self.concept(text)])
        if text.endswith("*"):
            return self._prefix(name, text[:-1], look)
        if name in ("identifier", "language", "first", "family"):
            return self._gather([self.exact(name, text)])
        if name == "title":
            return self._all([self._title_word(raw, look) for raw in raw_tokens(text)], look)
        return self._all([self._name_word(name, word) for word in _telling(text)], look)

    def _name_word(self, name: str, word: str) -> tuple[Mask, Scores]:
        """A word of a journal's name or of an author's; the initials of one are a word too."""
        plain = name_parts(word)[0]
        fields = (name, "initials") if name == "author" else (name,)
        return self._gather(self.exact(field, plain) for field in fields)

    def _title_word(self, raw: str, look: _Look) -> tuple[Mask, Scores] | None:
        """Titles with a word; a title in whose language it is too common need not have it."""
        tokens = {language: analyzer(language).token(raw) for language in ("en", "fr")}
        if not tokens[look.language].stems:
            return None
        stems = dict.fromkeys(stem for token in tokens.values() for stem in token.stems[-1:])
        mask, scores = self._gather(self.exact("title", stem) for stem in stems)
        for language, token in tokens.items():
            if not token.stems:
                mask[self.titled_in(language)] = True
            elif token.joined:  # "CT-guided" is there as "CT guided" too
                parts = [self._gather([self.exact("title", s)])[0] for s in token.stems[:-1]]
                mask |= np.logical_and.reduce(parts) if parts else False
        return mask, scores

    # ---- filters and facets ----

    def _filters(self, request: SearchRequest) -> dict[str, Mask]:
        """For each facet with a choice, the documents that have one of the chosen values."""
        chosen: dict[str, Mask] = {}
        for name, values in request.filters.items():
            if not values:
                continue
            if name not in FACETS:
                raise q.SearchError(
                    "There is no filter '{name}'; filters are {names}.",
                    name=name,
                    names=", ".join(FACETS),
                )
            mask = np.zeros(self.index.count, dtype=bool)
            for value in values:
                if name == "year":
                    if not value.isdigit() or len(value) > 4:
                        raise q.SearchError(
                            "'{value}' is not a year; write four digits.", value=value
                        )
                    mask |= self.index.live & (self.numbers("year") == int(value))
                    continue
                if name == "stance":
                    mask[self.linked(request.stances.get(value, ()))] = True
                    continue
                if name in CONCEPT_FACETS:
                    value = q.resolve(self.vocabulary, value, name)
                ids, _ = self.exact(name, value)
                mask[ids] = True
            chosen[name] = mask
        low, high = request.years
        if low is not None or high is not None:
            found = self._evaluate(q.Range("year", low, high), _Look("en"))
            assert found is not None  # noqa: S101 - a range always says something
            chosen["years"] = found[0]
        if request.verified:
            mask = np.zeros(self.index.count, dtype=bool)
            mask[self.exact("flag", "verified")[0]] = True
            chosen["verified"] = mask
        return chosen

    def _facet(self, name: str) -> _Counts:
        counts = self._counts.get(name)
        if counts is None:
            listed = f"{name}_own" if name in CONCEPT_FACETS else name
            values = tuple(self.index.terms(listed))
            documents, numbers = [], []
            for number, value in enumerate(values):
                ids, _ = self.index.postings(name, value)
                documents.append(ids)
                numbers.append(np.full(len(ids), number))
            empty = np.zeros(0, dtype=np.int64)
            counts = self._counts[name] = _Counts(
                values,
                np.concatenate(documents) if documents else empty,
                np.concatenate(numbers) if numbers else empty,
            )
        return counts

    def _count(
        self, name: str, mask: Mask, stances: Mapping[str, frozenset[str]]
    ) -> dict[str, int]:
        """How many documents of the mask have each value, most frequent first."""
        if name == "stance":
            linked = {s: int(mask[self.linked(keys)].sum()) for s, keys in stances.items()}
            return dict(sorted(((s, n) for s, n in linked.items() if n), key=lambda p: -p[1]))
        if name == "year":
            years, totals = np.unique(self.numbers("year")[mask], return_counts=True)
            pairs = [(str(y), int(n)) for y, n in zip(years, totals, strict=True) if y]
            return dict(sorted(pairs, key=lambda pair: pair[0], reverse=True))
        facet = self._facet(name)
        if not facet.values:
            return {}
        totals = np.bincount(facet.numbers[mask[facet.documents]], minlength=len(facet.values))
        order = np.argsort(-totals, kind="stable")
        return {facet.values[i]: int(totals[i]) for i in order.tolist() if totals[i]}

    def _faceted(
        self, request: SearchRequest, mask: Mask, chosen: dict[str, Mask]
    ) -> dict[str, dict[str, int]]:
        """The counts of each facet among what all choices but its own leave."""
        facets = {}
        for name in request.facets:
            base = mask
            for other, selected in chosen.items():
                if other != name:
                    base = base & selected
            facets[name] = self._count(name, base, request.stances)
        return facets

    # ---- searching ----

    def search(self, request: SearchRequest) -> Answer:
        """Answer one search, whatever is typed.

        Raises:
            SearchError: a filter has no sensible meaning.
        """
        started = time.perf_counter()
        limit = max(0, min(request.limit, MAX_LIMIT))
        offset = max(0, min(request.offset, 1 << 30))
        if redirect := self._redirect(request):
            return self._answer_one(request, redirect, started)
        chosen = self._filters(request)
        parsed = q.parse(request.query, self.vocabulary, self)
        reading = self._read(request, parsed)
        if parsed.spaced and q.has_words(parsed.node) and not reading.mask.any():
            parsed = q.parse(request.query, self.vocabulary, self, spaced_fields=False)
            reading = self._read(request, parsed)
        node, look, mask, scores = reading.node, reading.look, reading.mask, reading.scores
        relaxed, notices = reading.relaxed, look.said.notices
        understood = q.describe(parsed.node) if parsed.rewritten else None
        if relaxed:
            understood = " OR ".join(self._clauses(node, look))
            notices.append(
                "No reference has all of these words; those with most of them are shown."
            )
        final = mask
        for selected in chosen.values():
            final = final & selected
        total = int(np.count_nonzero(final))
        by_directness = request.sort == "directness"
        direct = self.orders.directness(subjects(node)) if by_directness else None
        if by_directness and direct is None:
            notices.append(
                "The query names no condition, nerve or treatment to be direct to; "
                "the most relevant come first."
            )
        ordered = self.orders.first(final, scores, request.sort, offset + limit, direct)
        page = ordered[offset:]
        repeated = self.orders.repeated(ordered, offset)
        facets = self._faceted(request, mask, chosen)
        recognised = q.concepts_in(node)
        hits = self._hits(page, repeated, scores, node, look, request)
        suggestion = (
            self._speller.suggest(parsed.text, node, 0 if relaxed else total, look.language)
            if parsed.text and not reading.named  # what was found by its name is spelt right
            else None
        )
        return Answer(
            query=request.query,
            total=total,
            took_ms=(time.perf_counter() - started) * 1000,
            results=hits,
            facets=facets,
            did_you_mean=suggestion,
            concepts=recognised,
            understood=understood,
            notices=tuple(dict.fromkeys(notices)),
        )

    def suggest(
        self, claim: str, limit: int = 10, sort: Sort = "relevance"
    ) -> tuple[Suggestion, ...]:
        """References that bear on a claim in French or English; empty when none does.

        The `limit` most relevant ones, in the order asked for.
        """
        return self._suggester.suggest(claim, min(limit, MAX_LIMIT), sort)

    def recognise(self, claim: str) -> dict[str, tuple[str, ...]]:
        """Concept ids of a claim: its population, intervention, outcome, design."""
        return recognise(self, claim)

    def rank(self, claim: str, limit: int = 100) -> tuple[Suggestion, ...]:
        """The whole ranking for a claim, without reasons and even where nothing bears on it."""
        return self._suggester.rank(claim, limit)

    # ---- what the library holds (`query.Holdings`) ----

    def holds(self, name: str, value: str) -> bool:
        """Whether some reference has all of a value in a field."""
        found = self._field(name, value, _Look("en"))
        return found is not None and bool(found[0].any())

    @property
    def languages(self) -> tuple[str, ...]:
        """The codes of the languages that references are written in."""
        return tuple(self.index.terms("language"))

    # ---- matching ----

    def _read(self, request: SearchRequest, parsed: q.Parsed) -> _Snapshot:
        """What a query that was parsed names, or else matches."""
        node = parsed.node
        if request.expand:
            node = q.with_concepts(node, self.vocabulary, frozenset(request.without))
        language = self.bridge.language_of(parsed.text) if parsed.text else "en"
        look = _Look(language, request.expand, said=_Said(list(parsed.notices)))
        found = self._named(named(parsed.text, parsed.node, self), node, look)
        if found is not None:
            return _Snapshot(node, look, *found, named=True)
        mask, scores, relaxed = self._match(node, look, look.said.notices)
        return _Snapshot(node, look, mask, scores, relaxed=relaxed)

    def _named(
        self, readings: Sequence[q.Node], node: q.Node, look: _Look
    ) -> tuple[Mask, Scores] | None:
        """What the query names, reading by reading, and behind it what has all its words.

        None when it names nothing here.
        """
        exact = replace(look, relax=False)
        found = [self._evaluate(reading, exact) for reading in readings]
        masks = [item[0] for item in found if item is not None and item[0].any()]
        if not masks:
            return None
        offered = self._offered(node, exact)
        mask, scores = self._evaluate(node, exact) or self._nothing()
        step = 1.0 + float(max(scores.max(initial=0.0), offered.max(initial=0.0)))
        for place, reading in enumerate(reversed(masks), 1):
            scores = np.where(reading, place * step + offered, scores)
            mask = mask | reading
        return mask, scores

    def _offered(self, node: q.Node, look: _Look) -> Scores:
        """What each word of a query adds up to in a document that need not have them all."""
        match node:
            case q.Words(text):
                items = [self._word(word, look) for word in analyzer(look.language).words(text)]
                return sum((item[1] for item in items if item), self._nothing()[1])
            case q.And(parts) | q.Or(parts):
                return sum((self._offered(part, look) for part in parts), self._nothing()[1])
        item = None if isinstance(node, q.Not) else self._evaluate(node, look)
        return item[1] if item else self._nothing()[1]

    def _match(self, node: q.Node, look: _Look, notices: list[str]) -> tuple[Mask, Scores, bool]:
        """Documents and scores; relaxed when no document has all that was asked for."""
        found = self._evaluate(node, look)
        if found is None:
            notices.append(TOO_COMMON)
            return *self._nothing(), False
        if found[0].any() or not isinstance(node, (q.Words, q.And)):
            return *found, False
        look.said.words_left = MAX_EXPANSION
        relaxing = replace(look, relax=True)
        parts = node.parts if isinstance(node, q.And) else (node,)
        if isinstance(node, q.And) and node.typed:
            return *found, False
        looser = self._join(parts, relaxing)
        if looser is None or not looser[0].any():
            return *found, False
        return *looser, True

    def _clauses(self, node: q.Node, look: _Look) -> list[str]:
        parts = node.parts if isinstance(node, q.And) else (node,)
        clauses = []
        for part in parts:
            if isinstance(part, q.Words):
                words = analyzer(look.language).words(part.text)
                clauses += [word.text for word in words if word.stems]
            else:
                clauses.append(q.describe(part))
        return clauses

    def _hits(
        self,
        page: Ids,
        repeated: dict[int, int],
        scores: Scores,
        node: q.Node,
        look: _Look,
        request: SearchRequest,
    ) -> tuple[Hit, ...]:
        spans = None
        if request.highlight and not isinstance(node, q.Everything):
            bridge = self.bridge if look.expand else None
            spans = marker(node, look.language, self.vocabulary, bridge)
        hits = []
        for number in page.tolist():
            card = self.card(number)
            passages: tuple[Runs, ...] = ()
            if spans is not None:
                passages = highlight(self.index.passages(number), spans)
            hits.append(
                Hit(
                    card.key,
                    float(scores[number]),
                    card.title,
                    card.year,
                    card.design,
                    tuple(card.concepts),
                    passages,
                    self.card(repeated[number]).key if number in repeated else "",
                )
            )
        return tuple(hits)

    # ---- identifiers ----

    def _redirect(self, request: SearchRequest) -> str | None:
        """The identifier or key that the whole query is, when it is one we may look up."""
        text = q.tidy(request.query)
        if not text or (" " in text.strip() and not identifier(text)):
            return None
        found = identifier(text)
        if found is not None:
            return found
        lowered = text.lower().strip("[@].")  # [@ilfeld2023phantom], as in a manuscript
        return lowered if len(self.exact("identifier", lowered)[0]) else None

    def _answer_one(self, request: SearchRequest, name: str, started: float) -> Answer:
        ids, _ = self.exact("identifier", name)
        hits: list[Hit] = []
        redirect: str | None = None
        notices: tuple[str, ...] = ()
        for number in ids.tolist():
            card = self.card(number)
            hits.append(
                Hit(card.key, 1.0, card.title, card.year, card.design, tuple(card.concepts))
            )
        if len(hits) == 1:
            redirect = hits[0].key
        if not hits:
            notices = (f"No reference here has the identifier {name}.",)
        mask = np.zeros(self.index.count, dtype=bool)
        mask[ids] = True
        return Answer(
            query=request.query,
            total=len(hits),
            took_ms=(time.perf_counter() - started) * 1000,
            results=tuple(hits),
            facets={facet: self._count(facet, mask, request.stances) for facet in request.facets},
            notices=notices,
            redirect=redirect,
        )


def _telling(text: str) -> list[str]:
    """The words of a name that tell it from others: no small words, no letter alone.

    All of them where there are no others.
    """
    words = raw_tokens(_AND_OTHERS.sub("", text))
    small = STOP["en"] | STOP["fr"]
    return [word for word in words if len(word) > 1 and word not in small] or words


@dataclass(slots=True)
class _Said:
    """What the user is told of one query, and how many words its beginnings may still mean."""

    notices: list[str] = field(default_factory=list)
    words_left: int = field(default_factory=lambda: MAX_EXPANSION)


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """What a query came to: its tree with concepts, how it was looked up, what was found."""

    node: q.Node
    look: _Look
    mask: Mask
    scores: Scores
    relaxed: bool = False  # no document has all that was asked for
    named: bool = False  # by title, authors or identifier


@dataclass(frozen=True, slots=True)
class _Look:
    """How words are looked up: their language, with synonyms or not, all or most of them."""

    language: str
    expand: bool = True
    relax: bool = False
    said: _Said = field(default_factory=_Said)

    def note(self, message: str) -> None:
        """Tell the user something."""
        self.said.notices.append(message)
