"""Draft the register of a new text: what its page seems to claim, for a person to work on.

Every sentence that scores as a checkable claim becomes one, with an anchor, a kind, concepts
found in its words and references proposed by the search. Nothing is judged: no claim has a
verdict, each source is "unchecked", and what has to be written in one's own words says so.
Proposed references stand in comments, because a link needs somebody's reading.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from ruamel.yaml.comments import CommentedMap

from evidence.anchoring.anchor import anchor_for
from evidence.anchoring.cues import plain as plain_words
from evidence.anchoring.segment import Sentence, sentences
from evidence.anchoring.tokens import TokenisedPage
from evidence.claims.claim import REWORD, TRANSLATE, Anchor, Bilingual, Claim
from evidence.claims.pico import field_of
from evidence.claims.register import dump, plain, styled
from evidence.claims.text import CitedSource, Section, Text
from evidence.drafting.nearest import nearest_works
from evidence.originals.loaded import FetchedPage
from evidence.search.protocol import Suggestion
from evidence.wording import Language
from references.concepts import Vocabulary
from references.errors import Message, UserError, message
from references.library import Library
from references.normalise import fold

#: Words that make no part of an id.
_SMALL = frozenset(
    re.findall(
        r"\w+",
        "le la les un une des du de d l et ou a au aux en dans par pour sur sous avec ce cette ces "
        "est sont qui que se s il elle on c qu the an of and or to in for with is are it this that "
        "be can may peut etre notamment",
    )
)
#: More claims or printed sources than anybody judges for one text: a book, or no text at all.
MOST = 500
#: References for the words of a claim, and for what stands around it.
Suggest = Callable[[str, str], Sequence[Suggestion]]


#: What stands between the name of a page and that of its site in a title.
_BETWEEN = re.compile(r"\s+[-–—·:»>]\s+|\s*[|•]\s*")
#: A title that a program made of the name of a file.
_OF_A_FILE = re.compile(
    r"^microsoft (?:word|powerpoint)\b|^(?:document|untitled|sans titre|sans nom) ?\d*$"
    r"|\.(?:docx?|odt|pdf|indd|pptx?|html?)$",
    re.IGNORECASE,
)


class DraftError(UserError):
    """A page of which no register can be drafted."""


@dataclass(frozen=True)
class Draft:
    """A drafted text.

    `proposed` are references by claim, best first; `sentences` those that became claims, by
    claim; `left_out` the others.
    """

    text: Text
    proposed: Mapping[str, tuple[Suggestion, ...]]
    sentences: Mapping[str, Sentence]
    left_out: tuple[Sentence, ...]
    notices: tuple[Message, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The form of `evidence text draft --json`."""
        return {
            "text": self.text.model_dump(mode="json", exclude_none=True),
            "proposed": {
                claim: [
                    {
                        "key": one.key,
                        "score": round(one.score, 4),
                        "why": [{"kind": why.kind, "what": why.what} for why in one.why],
                    }
                    for one in suggestions
                ]
                for claim, suggestions in self.proposed.items()
            },
            "reasons": {
                claim: {
                    "score": sentence.score,
                    "reasons": [cue.as_dict() for cue in sentence.cues],
                }
                for claim, sentence in self.sentences.items()
            },
            "left_out": [
                {"text": " ".join(one.text.split()), "form": one.form, "score": one.score}
                for one in self.left_out
            ],
            "notices": [str(notice) for notice in self.notices],
        }


def slug(words: str, limit: int = 5) -> str:
    """An id made of the first words that matter: "gene-locale-24-48"."""
    parts = re.findall(r"[a-z0-9]+", fold(words))
    kept = [w for w in parts if w not in _SMALL] or parts
    return "-".join(kept[:limit])[:60].strip("-") or "part"


def unique(name: str, taken: set[str]) -> str:
    """The name, numbered when it is taken; it is taken from now on."""
    number, free = 2, name
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    taken.add(free)
    return free


def _both(words: str, language: str, mark: Mapping[str, str]) -> Bilingual:
    """The same words for both languages, marked where a person has to write."""
    words = " ".join(words.split()).strip(" ;")
    other = "en" if language == "fr" else "fr"
    own = f"{mark[language]} {words}".strip()
    return Bilingual.model_validate({language: own, other: f"{TRANSLATE[other]} {words}"})


def title_and_publisher(loaded: FetchedPage) -> tuple[str, str]:
    """What a page is called and who publishes it, as far as its title says so, else "".

    Titles of web pages name the site too ("Morton's neuroma | Guy's Hospital"): the part that the
    page prints as a line of its own is its title, what is left its publisher.
    """
    if _OF_A_FILE.search(loaded.title.strip()):
        return "", ""
    parts = [part for part in _BETWEEN.split(loaded.title.strip()) if part]
    lines = {plain_words(line).strip("# ") for line in loaded.text.splitlines()}
    if plain_words(loaded.title) in lines:
        return loaded.title, ""  # "Vulvodynia: treatments", whatever else the page prints
    printed = [part for part in parts if plain_words(part) in lines]
    if len(parts) < 2 or not printed:
        return loaded.title, ""
    others = [part for part in parts if part != printed[0]]
    return printed[0], others[0] if len(others) == 1 else ""


def concepts_by_role(
    words: str, vocabulary: Vocabulary, language: str | None = None, around: str = ""
) -> dict[str, tuple[str, ...]]:
    """The concepts that words name, each once, by the part they play in a claim.

    `around` is the heading above them and the title of their page, which say what they mean.
    """
    roles: dict[str, dict[str, None]] = {}
    for mention in vocabulary.named_here(words, language, around):
        role = field_of(mention.concept.facet)
        roles.setdefault(role, {})[mention.concept.id] = None
    return {role: tuple(ids) for role, ids in roles.items()}


def unjudged_claim(
    name: str,
    section: str,
    anchor: Anchor,
    statement: Bilingual,
    kind: str,
    concepts: Mapping[str, tuple[str, ...]],
) -> Claim:
    """A claim as it begins: its words and its place, and nothing judged so far."""
    return Claim.model_validate(
        {
            "id": name,
            "section": section,
            "anchor": anchor,
            "statement": statement,
            "kind": kind,
            **concepts,
        }
    )


def draft(
    loaded: FetchedPage,
    text_id: str,
    vocabulary: Vocabulary,
    library: Library,
    suggest: Suggest | None = None,
    today: date | None = None,
) -> Draft:
    """Draft the register of a page.

    `suggest` proposes references for a sentence; without it none are proposed.

    Raises:
        DraftError: the page makes no checkable claim, or too many for one register.
    """
    language, notices = _language_to_read(loaded.language)
    read = sentences(loaded.text, language, vocabulary)
    of_claims, cited = _claims_and_sources(read, loaded.source)
    headings = {one.section: one.text for one in read if one.form == "heading"}
    section_of = _sections_by_number(of_claims, headings, language)
    title, publisher = title_and_publisher(loaded)
    title = title or headings.get(1, "").lstrip("# ") or text_id
    page, taken = TokenisedPage(loaded.text), set[str]()
    claims: dict[str, Claim] = {}
    proposed: dict[str, tuple[Suggestion, ...]] = {}
    sentence_of: dict[str, Sentence] = {}
    for sentence in of_claims:
        words = f"{sentence.lead} {sentence.text}".strip()
        around = f"{title}. {headings.get(sentence.section, '')}"
        passage = page.passage_at(sentence.start, sentence.end)
        if passage.first >= passage.last:
            continue
        name = unique(slug(sentence.text), taken)
        claims[name] = unjudged_claim(
            name,
            section_of[sentence.section].id,
            anchor_for(page, passage),
            _both(sentence.said, language, REWORD),
            sentence.kind,
            concepts_by_role(words, vocabulary, language, around),
        )
        sentence_of[name] = sentence
        if suggest is not None:
            proposed[name] = tuple(suggest(words, around))[:5]
    text = Text(
        id=text_id,
        title=_both(title, language, {"fr": "", "en": ""}),
        publisher=publisher,
        url=loaded.source if loaded.source.startswith(("http://", "https://")) else "",
        language=language,
        retrieved=today or date.today(),
        sources=tuple(unchecked_source(" ".join(s.text.split()), library) for s in cited),
        sections=tuple(section_of.values()),
        claims=tuple(claims.values()),
    )
    left_out = tuple(s for s in read if s.form != "source" and not s.is_claim)
    return Draft(text, proposed, sentence_of, left_out, notices)


def _language_to_read(language: str) -> tuple[Language, tuple[Message, ...]]:
    """The language that sentences are told apart in, and what to say when it is another one."""
    if language in ("fr", "en"):
        return cast(Language, language), ()
    notice = message(
        "The page seems to be written in '{language}'; sentences are found as in English. "
        "Registers are in French and English.",
        language=language or "?",
    )
    return "en", (notice,)


def _claims_and_sources(
    read: Sequence[Sentence], source: str
) -> tuple[list[Sentence], list[Sentence]]:
    """The sentences that make a claim, and the printed sources.

    Raises:
        DraftError: there is no claim, or more than one register holds.
    """
    of_claims = [s for s in read if s.is_claim]
    cited = [s for s in read if s.form == "source"]
    if not of_claims:
        raise DraftError(
            "{source} makes no claim that could be checked; is it the page you mean?",
            source=source,
        )
    if max(len(of_claims), len(cited)) > MOST:
        raise DraftError(
            "{source} holds more than {most} claims or printed sources; bring it in parts.",
            source=source,
            most=MOST,
        )
    return of_claims, cited


def _sections_by_number(
    of_claims: Sequence[Sentence], headings: Mapping[int, str], language: str
) -> dict[int, Section]:
    """The sections of the page that make a claim, by their number on it."""
    made: dict[int, Section] = {}
    taken: set[str] = set()
    for number in dict.fromkeys(sentence.section for sentence in of_claims):
        title = headings.get(number, "").lstrip("# ") or "Introduction"
        heading = _both(title, language, REWORD)
        made[number] = Section(id=unique(slug(title), taken), heading=heading)
    return made


def unchecked_source(cited: str, library: Library) -> CitedSource:
    """A printed source that nobody has looked for yet, with the works that come nearest."""
    return CitedSource(cited=cited, status="unchecked", nearest=nearest_works(cited, library))


def cited_sources(
    lines: Iterable[str], known: Iterable[dict[str, Any]], library: Library
) -> tuple[dict[str, Any], ...]:
    """The printed sources as a person corrected them, one a line; new ones are unchecked."""
    before = {str(one["cited"]): one for one in known}
    sources: dict[str, dict[str, Any]] = {}
    for line in lines:
        if not (cited := " ".join(line.split())[:2000]):
            continue
        sources[cited] = before.get(cited) or unchecked_source(cited, library).model_dump(
            mode="json"
        )
    return tuple(sources.values())


def as_yaml(drafted: Draft) -> str:
    """The draft as a register, with its proposals as comments above each claim."""
    document = styled(plain(drafted.text))
    document.yaml_set_start_comment(
        "A draft made by 'evidence text draft'. Restate each claim in your own words, split,\n"
        "merge or remove, read the proposed references, link them, decide. Nothing is judged yet."
    )
    for number, claim in enumerate(drafted.text.claims):
        rows = [
            f"{one.key}: {', '.join(f'{why.kind} {why.what}' for why in one.why) or 'words'}"
            for one in drafted.proposed.get(claim.id, ())
        ]
        sentence = drafted.sentences[claim.id]
        because = ", ".join(f"{cue.name} '{cue.words}'" for cue in sentence.cues if cue.words)
        note = [f"score {sentence.score}: {because}"]
        note += [f"proposed: {row}" for row in rows]
        item: CommentedMap = document["claims"][number]
        clean = [re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", row)[:300] for row in note]
        item.yaml_set_comment_before_after_key("section", before="\n".join(clean), indent=2)
    return dump(document)
