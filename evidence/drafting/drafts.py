"""Drafts: pages that were brought and whose claims an editor is still choosing.

A draft is a document beside the journal (`evidence.journal.documents`), written whole each time.
It ends when the register of the text is written, or when it is thrown away.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ConfigDict, TypeAdapter

from evidence.anchoring.anchor import anchor_for
from evidence.anchoring.cues import Cue, cues_of, score_of
from evidence.anchoring.segment import Sentence
from evidence.anchoring.tokens import TokenisedPage
from evidence.claims.claim import TRANSLATE, Bilingual, Claim
from evidence.claims.text import CitedSource, Section, Text, is_text_id
from evidence.drafting.draft import (
    concepts_by_role,
    slug,
    unique,
    unjudged_claim,
)
from evidence.drafting.draft import (
    draft as draft_register,
)
from evidence.journal.documents import DRAFT_STEP, TEXT_DRAFT, Documents, StaleDocument
from evidence.knowledge import KnowledgeBase
from evidence.originals.loaded import FetchedPage
from references.concepts import Vocabulary
from references.errors import NotFound, SettingError, UserError


@dataclass(frozen=True)
class Proposed:
    """A sentence that may become a claim: its place on the page, its wording, why it was chosen.

    `signs` are (French label, English label, words) of what was seen in it.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)

    id: str
    start: int
    end: int
    section: str
    kind: str
    fr: str = ""
    en: str = ""
    keep: bool = True
    score: float = 0.0
    signs: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class KeptDraft:
    """A text being brought; `page` is the plain text that places count in."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)

    id: str
    title_fr: str
    title_en: str
    language: str
    source: str
    page: str
    by: str
    url: str = ""
    publisher: str = ""
    revision: int = 1
    sections: tuple[tuple[str, str, str], ...] = ()  # id, heading in French, in English
    claims: tuple[Proposed, ...] = ()
    sources: tuple[dict[str, Any], ...] = ()

    def around(self, one: Proposed) -> str:
        """The title of the page and the heading above a sentence, in the page's language."""
        own = 2 if self.language == "en" else 1
        heading = next((section[own] for section in self.sections if section[0] == one.section), "")
        return f"{self.title_en if own == 2 else self.title_fr}. {heading}"

    @property
    def title(self) -> str:
        """A title to list it by."""
        return self.title_fr or self.title_en or self.id

    @property
    def kept(self) -> tuple[Proposed, ...]:
        """Those that will become claims."""
        return tuple(one for one in self.claims if one.keep)

    def find(self, claim_id: str) -> Proposed:
        """A proposed claim by its id.

        Raises:
            NotFound: there is none.
        """
        for one in self.claims:
            if one.id == claim_id:
                return one
        raise NotFound("The draft has no proposed claim '{claim_id}'.", claim_id=claim_id)

    def words(self, one: Proposed) -> str:
        """The passage of a proposed claim as the page has it."""
        return self.page[one.start : one.end]


#: Reads a draft as it is kept; what was never written as one is refused here, not by its page.
_KEPT = TypeAdapter(KeptDraft)
KIND = TEXT_DRAFT  # of the documents that drafts are
STEP = DRAFT_STEP  # of those that keep what a draft was, revision by revision
STEPS = 40  # of a draft, that are kept


@dataclass(frozen=True)
class DraftStep:
    """A draft as somebody saved it."""

    draft: KeptDraft
    by: str
    at: datetime


def _read(draft_id: str, body: bytes) -> KeptDraft:
    """A draft as it was kept.

    Raises:
        DamagedDraft: it is not one of this id.
    """
    try:
        draft = _KEPT.validate_json(body)
    except ValueError as error:
        raise DamagedDraft(draft_id) from error
    if draft.id != draft_id:
        raise DamagedDraft(draft_id)
    return draft


class Drafts:
    """The drafts of an instance: documents beside its journal, one a text.

    Earlier versions kept each in a file, `drafts/<id>.json` of the instance; such a file becomes a
    document when it is first asked for.
    """

    def __init__(self, documents: Documents, instance: Path) -> None:
        self._documents = documents
        self._folder = instance / "drafts"

    def _path(self, draft_id: str) -> Path:
        if not is_text_id(draft_id):
            raise NotFound("'{draft_id}' is no id of a text.", draft_id=draft_id)
        return self._folder / f"{draft_id}.json"

    def all(self) -> tuple[list[KeptDraft], list[str]]:
        """Every draft that can be read, and the ids of those that are damaged."""
        drafts, damaged = [], []
        ids = {path.stem for path in self._folder.glob("*.json") if is_text_id(path.stem)}
        for draft_id in sorted(ids.union(one.name for one in self._documents.list(KIND))):
            try:
                drafts.append(self.get(draft_id))
            except DamagedDraft:
                damaged.append(draft_id)
            except NotFound:  # thrown away a moment ago
                continue
        return drafts, damaged

    def get(self, draft_id: str) -> KeptDraft:
        """One draft.

        Raises:
            NotFound: there is none of this id.
            DamagedDraft: what is kept of it is damaged.
        """
        path = self._path(draft_id)
        if document := self._documents.get(KIND, draft_id):
            return replace(_read(draft_id, document.body), revision=document.revision)
        try:
            body = path.read_bytes()
        except FileNotFoundError:
            raise no_draft(draft_id) from None
        except OSError as error:
            raise DamagedDraft(draft_id) from error
        return self._taken_over(_read(draft_id, body), path)

    def _taken_over(self, draft: KeptDraft, path: Path) -> KeptDraft:
        """A draft of an earlier version, kept with the others from now on."""
        with contextlib.suppress(StaleDraft):  # another process did it a moment ago
            self.write(draft, 0)
        with contextlib.suppress(OSError):  # what cannot be removed is not asked for again
            path.unlink()
        return self.get(draft.id)

    def has(self, draft_id: str) -> bool:
        """Whether there is a draft of this id."""
        return self._path(draft_id).exists() or bool(self._documents.get(KIND, draft_id))

    def write(self, draft: KeptDraft, expected: int, by: str = "") -> KeptDraft:
        """Keep a draft; `expected` is the revision it was made from, 0 for a new one.

        What it was before stays as a step of `by`, until the draft ends.

        Raises:
            StaleDraft: somebody wrote another revision meanwhile.
        """
        body = json.dumps(asdict(draft), ensure_ascii=False).encode()
        try:
            kept = self._documents.put(KIND, draft.id, body, expected)
        except StaleDocument as error:
            raise StaleDraft(
                "Somebody else saved this draft meanwhile: compare before you save again."
            ) from error
        self._keep_step(replace(draft, page="", revision=kept.revision), by or draft.by)
        return replace(draft, revision=kept.revision)

    def _keep_step(self, draft: KeptDraft, by: str) -> None:
        """Remember a revision; the page, which never changes, stands in the draft alone."""
        body = json.dumps({"by": by, "draft": asdict(draft)}, ensure_ascii=False).encode()
        self._documents.put(STEP, f"{draft.id} {draft.revision:09}", body, None)
        for old in self._step_names(draft.id)[:-STEPS]:
            self._documents.delete(STEP, old)

    def _step_names(self, draft_id: str) -> list[str]:
        names = (one.name for one in self._documents.list(STEP))
        return [name for name in names if name.partition(" ")[0] == draft_id]

    def steps(self, draft_id: str) -> list[DraftStep]:
        """What a draft was each time it was saved, oldest first, with the page left out."""
        found = []
        for name in self._step_names(draft_id):
            if (document := self._documents.get(STEP, name)) is None:
                continue
            with contextlib.suppress(ValueError, LookupError):
                content = document.value()
                draft = _KEPT.validate_json(json.dumps(content["draft"]))
                found.append(DraftStep(draft, str(content["by"]), document.saved_at))
        return found

    def remove(self, draft_id: str) -> None:
        """Forget a draft.

        Raises:
            SettingError: the file of an earlier version cannot be removed.
        """
        path = self._path(draft_id)
        self._documents.delete(KIND, draft_id)
        for name in self._step_names(draft_id):
            self._documents.delete(STEP, name)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise SettingError(
                "Cannot remove {path}: {reason}.", path=path, reason=error
            ) from error


def no_draft(draft_id: str) -> NotFound:
    """The error for a draft that is not there."""
    return NotFound("There is no draft “{id}”; it may be finished.", id=draft_id)


class DamagedDraft(UserError):
    """What is kept of a draft is not one."""

    def __init__(self, draft_id: str) -> None:
        super().__init__(
            "The draft “{id}” is damaged and cannot be read. Throw it away and bring the "
            "page again.",
            id=draft_id,
        )


class StaleDraft(UserError):
    """The draft was saved by somebody else meanwhile."""


def begin(
    loaded: FetchedPage,
    text_id: str,
    kb: KnowledgeBase,
    by: str,
    url: str = "",
    publisher: str = "",
) -> KeptDraft:
    """A draft of a page: its sentences as proposed claims, in the order of the page.

    Raises:
        DraftError: the page makes no claim.
    """
    drafted = draft_register(loaded, text_id, kb.vocabulary, kb.library)
    text, sentence_of = drafted.text, drafted.sentences
    section_from = {sentence_of[c.id].section: c.section for c in text.claims}

    def section_of(sentence: Sentence) -> str:
        before = [number for number in section_from if number <= sentence.section]
        return section_from[max(before) if before else min(section_from)]

    claims = [
        _proposed(sentence_of[c.id], c.id, c.section, text.language, keep=True) for c in text.claims
    ]
    taken = {c.id for c in text.claims}
    for sentence in drafted.left_out:
        name = unique(slug(sentence.text), taken)
        claims.append(_proposed(sentence, name, section_of(sentence), text.language, keep=False))
    claims.sort(key=lambda one: one.start)
    title_fr, title_en = _own_words(text.title, text.language)
    return KeptDraft(
        id=text_id,
        title_fr=title_fr,
        title_en=title_en,
        language=text.language,
        source=loaded.source,
        page=loaded.text,
        by=by,
        url=url or text.url,
        publisher=publisher or text.publisher,
        sections=tuple((s.id, *_own_words(s.heading, text.language)) for s in text.sections),
        claims=tuple(claims),
        sources=tuple(source.model_dump(mode="json") for source in text.sources),
    )


def _own_words(words: Bilingual, language: str) -> tuple[str, str]:
    """French and English of a drafted text: what the page says, without the marks of a draft."""
    return (words["fr"], "") if language == "fr" else ("", words["en"])


def _one_line(words: str) -> str:
    """A passage as a statement begins: on one line, without what only joins it to the next."""
    return " ".join(words.split()).strip(" ;:,–—")


def _proposed(
    sentence: Sentence, name: str, section: str, language: str, *, keep: bool
) -> Proposed:
    return Proposed(
        name,
        sentence.start,
        sentence.end,
        section,
        sentence.kind,
        keep=keep,
        **_wording(sentence.said, language, sentence.cues),
    )


def _wording(words: str, language: str, cues: Sequence[Cue]) -> dict[str, Any]:
    """The fields of a proposed claim that follow from its words."""
    own = _one_line(words)
    return {
        "fr": own if language == "fr" else "",
        "en": own if language == "en" else "",
        "score": score_of(cues),
        "signs": tuple((cue.label.fr, cue.label.en, cue.words) for cue in cues),
    }


def split(
    draft: KeptDraft, claim_id: str, parts: Iterable[str], vocabulary: Vocabulary
) -> KeptDraft:
    """Cut a proposed claim into parts, which together are its words.

    Raises:
        UserError: the parts are not its words in their order.
    """
    one = draft.find(claim_id)
    wanted = [" ".join(part.split()) for part in parts if part.strip()]
    if len(wanted) < 2:
        raise UserError("Put every part on a line of its own: there is only one.")
    taken = {c.id for c in draft.claims}
    made, at = [], one.start
    for number, part in enumerate(wanted):
        pattern = r"\s+".join(re.escape(word) for word in part.split())
        match = re.compile(pattern).search(draft.page, at, one.end)
        if match is None:
            raise UserError(
                "“{part}” does not stand in the passage after the part before it; "
                "only cut the words, do not change them.",
                part=part[:60],
            )
        at = match.end()
        made.append(
            replace(
                one,
                id=one.id if not number else unique(slug(part), taken),
                start=match.start(),
                end=match.end(),
                **_wording(part, draft.language, cues_of(match.group(), vocabulary)),
            )
        )
    place = draft.claims.index(one)
    return replace(draft, claims=(*draft.claims[:place], *made, *draft.claims[place + 1 :]))


def merge(draft: KeptDraft, claim_id: str) -> KeptDraft:
    """Join a proposed claim with the next one that is kept; what stands between goes along.

    Raises:
        UserError: there is none after it.
    """
    one = draft.find(claim_id)
    place = draft.claims.index(one)
    later = [c for c in draft.claims[place + 1 :] if c.keep]
    if not later:
        raise UserError("There is no claim after this one to merge it with.")
    other = later[0]
    last = draft.claims.index(other)
    end = max(one.end, other.end)

    def words(language: str) -> str:
        mine, theirs = getattr(one, language), getattr(other, language)
        if mine == _one_line(draft.words(one)) and theirs == _one_line(draft.words(other)):
            return _one_line(
                draft.page[one.start : end]
            )  # nobody reworded them: the page's own words
        return " ".join(filter(None, (mine, theirs)))

    joined = replace(
        one,
        end=end,
        keep=True,
        fr=words("fr"),
        en=words("en"),
        score=max(one.score, other.score),
        signs=tuple(dict.fromkeys((*one.signs, *other.signs))),
    )
    return replace(draft, claims=(*draft.claims[:place], joined, *draft.claims[last + 1 :]))


def bilingual(fr: str, en: str) -> Bilingual:
    """A text in both languages; what is not translated yet says so."""
    return Bilingual(fr=fr or f"{TRANSLATE['fr']} {en}", en=en or f"{TRANSLATE['en']} {fr}")


def new_claim(
    page: TokenisedPage,
    one: Proposed,
    vocabulary: Vocabulary,
    language: str | None = None,
    around: str = "",
) -> Claim:
    """The claim that a proposed one becomes: nothing about it is judged yet.

    `around` is the heading above it and the title of its page.
    """
    words = page.text[one.start : one.end]
    return unjudged_claim(
        one.id,
        one.section,
        anchor_for(page, page.passage_at(one.start, one.end)),
        bilingual(one.fr, one.en),
        one.kind,
        concepts_by_role(words, vocabulary, language, around),
    )


def register(draft: KeptDraft, vocabulary: Vocabulary, today: date) -> Text:
    """The text that a draft becomes.

    Raises:
        UserError: nothing is kept, or a claim has no statement.
    """
    if not draft.kept:
        raise UserError("Keep one claim at least: the register would be empty.")
    bare = [one.id for one in draft.kept if not one.fr and not one.en]
    if bare:
        raise UserError("These claims have no statement: {ids}.", ids=tuple(bare))
    page = TokenisedPage(draft.page)
    used = {one.section for one in draft.kept}
    return Text(
        id=draft.id,
        title=bilingual(draft.title_fr, draft.title_en),
        url=draft.url,
        publisher=draft.publisher,
        language="fr" if draft.language == "fr" else "en",
        retrieved=today,
        sources=tuple(CitedSource.model_validate(source) for source in draft.sources),
        sections=tuple(
            Section(id=i, heading=bilingual(fr, en)) for i, fr, en in draft.sections if i in used
        ),
        claims=tuple(
            new_claim(page, one, vocabulary, draft.language, draft.around(one))
            for one in draft.kept
        ),
    )
