"""Fit the tagger of printed references, `references/formats/printed.json.gz`.

    python -m bench.fit_printed [--strings N] [--seed N] [--rounds N] [--labelled FILE ...]
                                [--half 1|2] [--times N] [--output FILE]

It learns from references that `bench.printed_strings` prints in styles drawn at random, and from
labelled strings in AnyStyle's XML where files of them are named (each --times over; of a --half,
the other one is left to measure on). The same seed gives the same model.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from xml.etree import ElementTree

import pycrfsuite

from bench.printed_parts import Piece, Pieces
from bench.printed_strings import Printer
from evidence.knowledge import KnowledgeBase
from references.formats.printed import without_identifiers
from references.formats.printed_names import GROUP, OTHERS, take_names
from references.formats.printed_patterns import CAPITALS
from references.formats.printed_tagger import MODEL, features, tokens

#: L1 and L2 penalties: the first keeps the model small, the second its weights.
PENALTIES = {"c1": 0.4, "c2": 0.01}
#: What occurs less often is not learnt: no one string leaves its words in the model.
RARE = 4


def sample(pieces: Pieces) -> tuple[list[list[str]], list[str]]:
    """What the tagger is told of a printed reference, and what it should answer."""
    text, labels = "", []
    for piece in pieces:
        text += piece.text
        labels += [piece.label] * len(piece.text)
    text = without_identifiers(text)
    parts = tokens(text)
    return features(text, parts), [labels[token.start] for token in parts]


#: The labels of AnyStyle's sets, as ours; what is not here is a note.
_OURS = {
    "title": "title",
    "journal": "journal",
    "container-title": "book",
    "date": "date",
    "editor": "editor",
    "translator": "editor",
    "publisher": "publisher",
    "location": "publisher",
    "citation-number": "label",
}
_NUMBER = re.compile(r"[A-Z]?\d[\w.]*(?:[-–/]\w+)?|\b[IVXLC]+\b")
_PAGES = re.compile(r"[A-Za-z]{0,2}\d.*[\dA-Za-z]|\d|\b[ivxlc]+\b.*[ivxlc\d]")


def labelled(path: Path) -> Iterator[Pieces]:
    """The strings of a file in AnyStyle's XML whose names our own reader understands."""
    for sequence in ElementTree.parse(path).getroot():  # noqa: S314
        pieces: Pieces | None = []
        for element in sequence:
            found = _ours(element.tag, f"{' '.join((element.text or '').split())} ")
            pieces = None if pieces is None or found is None else pieces + found
        if pieces:
            yield pieces


def _ours(label: str, text: str) -> Pieces | None:
    if label == "author":
        return _names(text)
    if label in ("volume", "pages"):
        return _numbers(label, text)
    return [Piece(text, _OURS.get(label, "note"))]


def _names(text: str) -> Pieces | None:
    """The names of an author list; None when our reader does not understand all of it."""
    authors, _, end = take_names(text)
    if not authors or re.search(r"\w{3}", OTHERS.sub("", text[end:])):
        group = re.fullmatch(r"(.*?)([.,:]* )", text) if GROUP.search(text) else None
        return [Piece(group[1], "group"), Piece(group[2], "among-names")] if group else None
    pieces: Pieces = []
    rest = text
    for author in authors:
        family = f"{author.particle} {author.family}".strip()
        if author.literal or family not in rest:
            return None
        before, _, rest = rest.partition(family)
        pieces += [*_given(before), Piece(family, "family")]
    return pieces + _given(rest)


def _given(text: str) -> Pieces:
    """What stands between two family names: given names, and what joins."""
    parts = re.split(rf"((?:[{CAPITALS}][\w'’]*(?:\.|\b)[\s-]*)+)", text)
    return [
        Piece(part, "given" if number % 2 else "among-names")
        for number, part in enumerate(parts)
        if part
    ]


def _numbers(label: str, text: str) -> Pieces:
    """Volume and issue, or pages, with the words around them."""
    pattern, names = (_PAGES, ["pages"]) if label == "pages" else (_NUMBER, ["volume", "issue"])
    pieces: Pieces = []
    at = 0
    for match, name in zip(pattern.finditer(text), names, strict=False):
        pieces += [
            Piece(text[at : match.start()], "among-numbers"),
            Piece(match.group(), name),
        ]
        at = match.end()
    return [piece for piece in [*pieces, Piece(text[at:], "among-numbers")] if piece.text]


def write(model: Path, output: Path) -> None:
    """Write a model of CRFsuite's as `references.formats.printed_model` reads it."""
    tagger = pycrfsuite.Tagger()
    tagger.open(str(model))
    told = tagger.info()
    labels = sorted(told.labels)
    place = {label: number for number, label in enumerate(labels)}
    features: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for (name, label), weight in sorted(told.state_features.items()):
        if rounded := round(weight, 3):
            features[name].append((place[label], rounded))
    transitions = [
        [round(told.transitions.get((one, other), 0.0), 3) for other in labels] for one in labels
    ]
    content = {"labels": labels, "transitions": transitions, "features": features}
    packed = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    output.write_bytes(gzip.compress(packed, mtime=0))


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--strings", type=int, default=9000)
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--rounds", type=int, default=90)
    ask.add_argument("--labelled", type=Path, nargs="*", default=[])
    ask.add_argument("--half", type=int, default=0)
    ask.add_argument("--times", type=int, default=2)
    ask.add_argument("--output", type=Path, default=MODEL)
    chosen = ask.parse_args()
    corpus = [pieces for path in chosen.labelled for pieces in labelled(path)]
    if chosen.half:
        corpus = corpus[chosen.half - 1 :: 2]
    print(f"{len(corpus)} labelled strings")
    printer = Printer(list(KnowledgeBase().library.values()), chosen.seed)
    trainer = pycrfsuite.Trainer(verbose=False)
    for pieces in chain(islice(printer, chosen.strings), corpus * chosen.times):
        told, wanted = sample(pieces)
        if wanted:
            trainer.append(told, wanted)
    trainer.select("lbfgs")
    trainer.set_params({**PENALTIES, "feature.minfreq": RARE, "max_iterations": chosen.rounds})
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model.crf"
        trainer.train(str(model))
        write(model, chosen.output)
    print(f"{chosen.output}: {chosen.output.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
