"""A knowledge base of a few references, for tests of what grows with its size."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import yaml

from evidence.knowledge import KnowledgeBase
from references.formats import write

KEYS = ("cha2021intercostal", "ilfeld2023phantom", "mahnken2021cirse")


def small_base(kb: KnowledgeBase, folder: Path) -> Path:
    """Write a part of `kb` to `folder`: three references, their concepts, one text of a few claims.

    The claims are those of the first text that link to no other reference.
    """
    kept = [kb.library[key] for key in KEYS]
    text = kb.texts["vulvodynie-cryoneurolyse"]
    plain = yaml.safe_load(kb.text_path(text.id).read_text(encoding="utf-8"))
    plain["claims"] = [
        claim
        for claim in plain["claims"]
        if {link["reference"] for link in claim.get("links", ())} <= set(KEYS)
    ]
    plain["sources"] = []
    plain.pop("summary", None)  # it rests on claims that are left out
    used = {
        concept
        for reference in kept
        for concept in (*reference.study.concepts, *reference.study.comparators)
    }
    claims = [kb.text(text.id).claim(claim["id"]) for claim in plain["claims"]]
    used |= {concept for claim in claims for concept in claim.all_concepts}
    used |= {broader for concept in used for broader in kb.vocabulary.broader(concept)}
    for path in kb.vocabulary_folder.glob("*.yaml"):
        concepts = yaml.safe_load(path.read_text(encoding="utf-8"))
        some = [concept for concept in concepts if concept["id"] in used]
        _write(folder / "vocabulary" / path.name, yaml.safe_dump(some, allow_unicode=True))
    _write(folder / "references" / "few.bib", write(kept, "bibtex")[0])
    _write(folder / "texts" / f"{text.id}.yaml", yaml.safe_dump(plain, allow_unicode=True))
    _write(
        folder / "kb.toml",
        'name = { fr = "Une petite base", en = "A small base" }\n'
        'references = "references"\ntexts = "texts"\nvocabulary = "vocabulary"\n',
    )
    return folder


def _write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


@contextmanager
def served(folder: Path, path: str) -> Iterator[str]:
    """The address of `folder` on a plain file server of this machine, below `path`."""

    class Handler(SimpleHTTPRequestHandler):
        def translate_path(self, asked: str) -> str:
            if not asked.startswith(f"{path}/"):
                return str(folder / "not-here")
            return super().translate_path(asked.removeprefix(path))

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}{path}"
    server.shutdown()
    server.server_close()
    thread.join(5)
