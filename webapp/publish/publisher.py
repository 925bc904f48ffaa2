"""`evidence publish DIR`: the reader as static files, for a web host without a server.

The pages are those of the app, asked one after the other and written with relative addresses;
the search runs in the browser on an index that Pagefind builds. What needs a server (the API,
the desk, searches as feeds) is left out, and so are the links to it. The texts are as they stand
in the instance, register and decisions together, without the pages themselves: originals belong
to their publishers.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import Flask, render_template

import evidence
import references
from evidence.claim_search import passed_over
from evidence.extras import require
from evidence.knowledge import KnowledgeBase
from evidence.standing import Assembler
from evidence.wording import LANGUAGES
from references.errors import SettingError
from references.files import sweep, write_atomic
from webapp.publish.searched import mark_claim, mark_reference
from webapp.publish.staticpages import PageLink, Places, StaticPage, static_feed
from webapp.site import Site

MANIFEST = ".evidence-publish.json"
#: Pages from which all others are reached.
START = ("/", "/indications/", "/map", "/guide", "/accessibility", "/search")
_SEARCHED = ("references/", "/claims/")  # parts of the places of what is searched
_PAGEFIND = "pagefind/"
_EDITORS = ("static/desk.css", "static/desk.js", "static/keeping.js")
Progress = Callable[[int], None]


@dataclass
class PublishedSite:
    """What was done: files by what became of them, and links that lead nowhere.

    `kept` are files that are no longer part of the site but were changed by somebody since
    they were written here, and are therefore left.
    """

    pages: int = 0
    files: int = 0
    written: int = 0
    removed: int = 0
    kept: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The form that `--json` prints."""
        return dict(vars(self))


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _program() -> str:
    """A hash of what pages are made with beside templates and styles: our code, Pagefind."""
    digest = hashlib.sha256(version("pagefind").encode())
    for package in (references, evidence):
        for path in sorted(Path(str(package.__file__)).parent.rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


class Publisher:
    """Writes one knowledge base to one folder, and keeps a list of what it wrote there."""

    def __init__(
        self, app: Flask, folder: Path, places: Places, progress: Progress | None = None
    ) -> None:
        self.app = app
        self.folder = folder
        self.places = places
        self.site: Site = app.extensions["site"]
        self.standing = self.site.assembler.now()
        self.done = PublishedSite()
        self._progress = progress or (lambda pages: None)
        self._before: dict[str, str] = {}  # file -> hash, from the run before
        self._files: dict[str, str] = {}
        self._anchors: dict[str, set[str]] = {}
        self._listed: list[str] = []
        self._links: list[PageLink] = []

    def run(self) -> PublishedSite:
        """Make all pages, then the index of the search; remove what was published before.

        Raises:
            SettingError: the folder holds something else, or cannot be written.
            JournalError: the decisions cannot be read, and registers alone would be published.
        """
        if self.standing.journal_error is not None:
            raise self.standing.journal_error
        manifest = self._manifest()
        self._before = dict(manifest.get("files", {}))
        made_from = "-".join(
            (self.site.fingerprint, self.standing.stamp, _program(), str(self.places))
        )
        if manifest.get("made_from") == made_from and self._is_whole():
            done = PublishedSite(**manifest["done"])
            done.written = done.removed = 0
            return done
        # An interrupted run leaves a folder that the next one knows as its own.
        self._note({"files": self._before})
        for language in self.places.languages:
            self._pages(language)
        self._static()
        self._host_files()
        self._remove(name for name in self._before if not name.startswith(_PAGEFIND))
        self._index()
        self._remove(name for name in self._before if name.startswith(_PAGEFIND))
        self._check()
        self.done.files = len(self._files)
        self._note({"made_from": made_from, "done": self.done.as_dict(), "files": self._files})
        return self.done

    # ---- the folder -------------------------------------------------------------------

    def _manifest(self) -> dict[str, Any]:
        """What an earlier run wrote; a folder with other things in it is left alone."""
        try:
            begun = f".{MANIFEST}."  # by a first run that was killed
            if not self.folder.exists() or all(
                path.name.startswith(begun) for path in self.folder.iterdir()
            ):
                return {}
            manifest = json.loads((self.folder / MANIFEST).read_text(encoding="utf-8"))
            if isinstance(manifest, dict) and isinstance(manifest.get("files"), dict):
                sweep(self.folder)
                return manifest
        except NotADirectoryError:
            raise SettingError("{folder} is a file; name a folder.", folder=self.folder) from None
        except PermissionError:
            raise SettingError(
                "{folder} cannot be read; change its permissions.", folder=self.folder
            ) from None
        except (FileNotFoundError, ValueError):
            pass
        raise SettingError(
            "{folder} is not empty and was not made by 'evidence publish'; name a new "
            "folder, or empty it first.",
            folder=self.folder,
        )

    def _note(self, content: dict[str, Any]) -> None:
        write_atomic(self.folder / MANIFEST, json.dumps({"by": "evidence publish", **content}))

    def _is_whole(self) -> bool:
        return all(self._on_disk(name) == sha256 for name, sha256 in self._before.items())

    def _on_disk(self, name: str) -> str:
        path = self.folder / name
        return _sha256(path.read_bytes()) if path.is_file() else ""

    def _write(self, name: str, content: bytes) -> None:
        self._files[name] = _sha256(content)
        if self._on_disk(name) != self._files[name]:
            write_atomic(self.folder / name, content, durable=False)
            self.done.written += 1

    def _remove(self, names: Iterable[str]) -> None:
        """Remove files of the run before; never one that it did not write as it is now."""
        top = self.folder.resolve()
        for name in sorted(set(names) - set(self._files)):
            path = self.folder / name
            if not path.is_file() or not path.resolve().is_relative_to(top):
                continue
            if self._on_disk(name) != self._before[name]:
                self.done.kept.append(name)
                continue
            path.unlink()
            self.done.removed += 1
            for folder in path.parents:
                if folder == self.folder or any(folder.iterdir()):
                    break
                folder.rmdir()

    # ---- pages ------------------------------------------------------------------------

    def _pages(self, language: str) -> None:
        waiting = list(START)
        while waiting:
            path = waiting.pop()
            name = self.places.file(path)
            if name is None or (place := self.places.place(language, name)) in self._files:
                continue
            if name == "search/index.html":
                waiting += self._page(self._search_page(language), place, language, path)
                continue
            answer = self._get(path, language)
            if answer.status_code != 200:
                self.done.broken.append(f"{path}: answered {answer.status_code}")
                self._files[place] = ""
            elif answer.mimetype == "text/html":
                waiting += self._page(answer.text, place, language, path)
            elif answer.mimetype == "application/atom+xml":
                self._write(place, static_feed(answer.data, place, language, self.places))
            else:
                self._write(place, answer.data)

    def _get(self, path: str, language: str) -> Any:
        client = self.app.test_client(use_cookies=False)
        return client.get(path, headers={"Accept-Language": language}, base_url=self.places.base)

    def _search_page(self, language: str) -> str:
        with self.app.test_request_context(
            "/search", headers={"Accept-Language": language}, base_url=self.places.base
        ):
            return render_template(
                "publish_search.html",
                passed_over=sorted(passed_over(language)),
                indications=sorted(
                    self.site.studies.studied("indication"),
                    key=lambda concept: concept.label[language],
                ),
                designs=sorted(
                    {r.study.design for r in self.site.kb.library.values() if r.study.design}
                ),
            )

    def _page(self, text: str, place: str, language: str, path: str) -> list[str]:
        """Write the page of a path; the paths of the app that it leads to."""
        page = StaticPage(text, place, language, self.places)
        self._searchable(path, page.tree, language)
        self._anchors[place] = page.anchors
        self._links += page.links
        if page.is_listed:
            self._listed.append(place)
        self._write(place, page.content())
        self.done.pages += 1
        self._progress(self.done.pages)
        return page.leads_to

    def _searchable(self, path: str, tree: Any, language: str) -> None:
        """Mark what the search finds: references and judged claims, and no other page."""
        vocabulary = self.site.kb.vocabulary
        parts = unquote(urlsplit(path).path).strip("/").split("/")
        match parts:
            case ["references", key] if key in self.site.kb.library:
                reference = self.site.kb.library[key]
                concepts = self.site.studies.concepts_of(reference)
                links = [link for *_, link in self.standing.uses_of(key)]
                mark_reference(tree, reference, concepts, links, vocabulary, language)
                # Without unAPI the tags of the head say more to Zotero, which would prefer these.
                for span in tree.find_class("Z3988"):
                    span.drop_tree()
            case ["texts", text_id, "claims", claim_id] if text_id in self.standing.public:
                text = self.standing.public[text_id]
                mark_claim(tree, text, text.claim(claim_id), vocabulary, language)

    # ---- the rest ---------------------------------------------------------------------

    def _static(self) -> None:
        folder = Path(str(self.app.static_folder))
        for path in sorted(folder.rglob("*")):
            name = f"static/{path.relative_to(folder).as_posix()}"
            if path.is_file() and name not in _EDITORS:
                self._write(name, path.read_bytes())

    def _host_files(self) -> None:
        """sitemap.xml, and robots.txt where the files are the whole host."""
        if not self.places.address:
            return
        pages = [(self.places.absolute(place), "", ()) for place in self._listed]
        sitemap = self.app.jinja_env.get_template("sitemap.xml").render(pages=pages)
        self._write("sitemap.xml", sitemap.encode())
        if not urlsplit(self.places.address).path:
            where = self.places.absolute("sitemap.xml")
            self._write("robots.txt", f"User-agent: *\nAllow: /\nSitemap: {where}\n".encode())

    def _index(self) -> None:
        """Let Pagefind read the pages; where they are the same, so is its index.

        Asked twice about the same pages Pagefind writes different files.
        """
        old = {name: sha for name, sha in self._before.items() if name.startswith(_PAGEFIND)}
        same = self._searched(self._before) == self._searched(self._files)
        if old and same and all(self._on_disk(name) == sha for name, sha in old.items()):
            self._files |= old
            return
        with tempfile.TemporaryDirectory() as place:
            done = subprocess.run(  # noqa: S603 - our own interpreter, fixed words
                [
                    sys.executable,
                    "-m",
                    "pagefind",
                    "--site",
                    str(self.folder),
                    "--output-path",
                    place,
                    "--quiet",
                ],
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                raise SettingError(
                    "Pagefind could not index the pages ({value}); see whether the disk is full.",
                    value=done.stderr.strip()[-300:],
                )
            wanted = ("pagefind.js", "pagefind-worker.js", "pagefind-entry.json")
            for path in sorted(Path(place).rglob("*")):
                name = path.relative_to(place).as_posix()
                used = name in wanted or name.startswith(("fragment/", "index/", "filter/"))
                if path.is_file() and (used or name.startswith(("wasm.", "pagefind."))):
                    self._write(f"{_PAGEFIND}{name}", path.read_bytes())

    def _searched(self, files: dict[str, str]) -> dict[str, str]:
        return {
            name: sha
            for name, sha in files.items()
            if name.endswith("/index.html") and any(part in name for part in _SEARCHED)
        }

    def _check(self) -> None:
        """Every link leads to a file that was written and to a place that is in it."""
        for link in self._links:
            if not self._files.get(link.target):
                self.done.broken.append(f"{link.source}: {link.target} is not there")
            elif (
                link.fragment
                and not link.fragment.startswith(":~:")
                and unquote(link.fragment) not in self._anchors.get(link.target, ())
            ):
                self.done.broken.append(
                    f"{link.source}: {link.target} has no place “{link.fragment}”"
                )
        self.done.broken = sorted(set(self.done.broken))
        self._files = {name: sha256 for name, sha256 in self._files.items() if sha256}


def publish_to(
    kb: KnowledgeBase,
    folder: Path,
    language: str = "fr",
    address: str = "",
    progress: Progress | None = None,
    instance: Path | None = None,
) -> PublishedSite:
    """Publish a knowledge base; `language` is that of the first pages, the other lies below.

    The decisions of `instance` are in it; without one, the registers are published as written.

    `address` is where the files will stand ("https://example.org/texts"); without it there are
    no feeds, annotations and linked data, whose addresses must be absolute. `progress` is told
    how many pages are made.

    Raises:
        SettingError: Pagefind is not installed, or the folder cannot be used.
    """
    from webapp import create_app

    require("publish")
    places = Places((language, *(o for o in LANGUAGES if o != language)), address.rstrip("/"))
    own = Path(tempfile.mkdtemp(prefix="evidence-publish-"))  # of the app that makes the pages
    assembler = Assembler(kb, instance or own)
    try:
        app = create_app(kb, own, settings={"SHOW_ORIGINALS": False}, assembler=assembler)
        return Publisher(app, folder, places, progress).run()
    finally:
        assembler.close()
        shutil.rmtree(own, ignore_errors=True)
