"""The folder of the demonstration: a small base, an instance that holds the page, a signature.

Everything is made of what the program ships, and made again it changes nothing: the page is kept
once, the claim is signed once, and an interrupted run is completed by the next one.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from evidence.claims.register import dump, plain
from evidence.claims.text import Text
from evidence.journal import Entry
from evidence.knowledge import KnowledgeBase
from evidence.originals.load import read_bytes
from evidence.originals.versions import Originals
from evidence.search import open_engine
from evidence.standing import Assembler
from references.errors import SettingError
from references.files import write_atomic
from references.formats import write
from references.yamlfile import read_yaml

TEXT = "page-fictive"
#: The claim that is signed: what the rules propose for it is what was decided.
SIGNED = "interrupts-conduction"
#: Who signs it: nobody, and the name says so wherever it is shown.
ACCOUNT, PERSON = "demo", "Exemple (personne fictive, fictional person)"
_PAGE = "page.md"


@dataclass(frozen=True)
class Demonstration:
    """What was made: a knowledge base, and the instance that holds its page and its signature."""

    folder: Path
    base: KnowledgeBase
    instance: Path

    @property
    def published(self) -> Path:
        """Where the pages for a web host are written."""
        return self.folder / "public"


def make(folder: Path, instance: Path | None = None) -> Demonstration:
    """Make the demonstration in a folder, or complete the one that is there.

    Args:
        folder: the base, the instance and the published pages lie below it.
        instance: another instance that is to hold the page and the signature.

    Raises:
        SettingError: the journal or the index would be one that others use, or the folder cannot
            be written.
    """
    if os.environ.get("EVIDENCE_JOURNAL_URL", "").strip():
        raise SettingError(
            "EVIDENCE_JOURNAL_URL names a journal that is in use, and the demonstration signs a "
            "claim in the name of nobody; run it without that setting."
        )
    if os.environ.get("EVIDENCE_SEARCH_URL", "").strip():
        raise SettingError(
            "EVIDENCE_SEARCH_URL names a search cluster that is in use, and the demonstration has "
            "a library of its own; run it without that setting."
        )
    base = _base(folder / "base")
    made = Demonstration(folder, base, instance or folder / "instance")
    page = read_bytes((files(__package__) / _PAGE).read_bytes(), _PAGE)
    originals = Originals(made.instance)
    kept = originals.latest(TEXT)
    if kept is None or kept.sha256 != page.sha256:  # else nothing changes, not even a date
        originals.add(TEXT, page)
    _sign(made)
    open_engine(base, made.instance).close()  # the first search does not wait for its index
    return made


def _base(folder: Path) -> KnowledgeBase:
    """A knowledge base of the page's claims, the references they rest on, and their concepts."""
    bundled = KnowledgeBase()
    text = register(bundled)
    keys = {link.reference for claim in text.claims for link in claim.links}
    keys |= {source.reference for source in text.sources if source.reference}
    while more := {one.key for key in keys for one in bundled.library[key].related} - keys:
        keys |= more  # reports of one study name each other
    kept = [bundled.library[key] for key in sorted(keys)]
    _keep(folder / "references" / "library.bib", write(kept, "bibtex")[0])
    _keep(folder / "texts" / f"{TEXT}.yaml", dump(plain(text)))
    studies = [reference.study for reference in kept]
    used = {concept for one in studies for concept in (*one.concepts, *one.comparators)}
    used |= {concept for claim in text.claims for concept in claim.all_concepts}
    used |= {broader for concept in used for broader in bundled.vocabulary.broader(concept)}
    for path in bundled.vocabulary_folder.glob("*.yaml"):
        concepts = [one for one in read_yaml(path).value if one["id"] in used]
        _keep(folder / "vocabulary" / path.name, dump(concepts))
    _keep(folder / "kb.toml", 'name = { fr = "Démonstration", en = "Demonstration" }\n')
    return KnowledgeBase(folder)


def register(bundled: KnowledgeBase) -> Text:
    """The register of the page: judged as the bundled texts judge the same claims."""
    written = read_yaml(Path(str(files(__package__) / "register.yaml"))).value
    claims: list[dict[str, Any]] = []
    for own in written["claims"]:
        text_id, claim_id = own.pop("of").split("/")
        claim = bundled.text(text_id).claim(claim_id).model_dump(exclude={"reviewed"})
        claims.append(claim | own)
    return Text.model_validate(written | {"claims": claims})


def _keep(path: Path, content: str) -> None:
    """Write a file unless it says so already: what did not change keeps its date."""
    if not path.is_file() or path.read_text(encoding="utf-8") != content:
        write_atomic(path, content)


def _sign(made: Demonstration) -> None:
    """Sign the one claim, once, as a person does on the desk."""
    assembler = Assembler(made.base, made.instance)
    try:
        text = assembler.now().text(TEXT).whole()
        state = text.states[SIGNED]
        if state.claim is None or state.signed:
            return
        entry = Entry(
            ACCOUNT,
            "sign-off",
            TEXT,
            SIGNED,
            state.hash,
            text.signing_payload(state.claim),
            PERSON,
        )
        assembler.journal.record(entry, state.registered)
    finally:
        assembler.close()
