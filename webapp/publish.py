"""`evidence publish DIR`: the reader as static files, for a web host without a server.

The pages are those of the app, asked one after the other and written with relative addresses;
the search runs in the browser on an index that Pagefind builds. What needs a server (the API,
the desk, searches as feeds) is left out, and links to it become plain words. The pages are made
from the register alone: an instance may hold originals, which belong to their publishers.
"""

from __future__ import annotations

import json
import posixpath
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import click
from flask import Flask, render_template
from lxml import html

from evidence.cli.context import FINDINGS, Context, command
from evidence.knowledge import KnowledgeBase
from references.errors import SettingError
from references.files import write_atomic
from references.record import Reference
from webapp.language import LANGUAGES
from webapp.site import Site

MANIFEST = ".evidence-publish.json"
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'"
)
#: Pages from which all others are reached.
START = ("/", "/indications/", "/map", "/guide", "/accessibility")
#: Elements that need a server, or that only mean something beside one.
_WITHOUT_CLASS = (
    "mini-search", "filter", "compare-pick", "signed-in", "themes", "unapi-id"
)  # fmt: skip
_WITHOUT = "//link[@rel='unapi-server' or @rel='canonical' or @hreflang]"
_FILES = (".bib", ".ris", ".json", ".csv", ".jsonld")


@dataclass
class Published:
    """What was done: files by what became of them, and links that lead nowhere."""

    pages: int = 0
    files: set[str] = field(default_factory=set)
    written: int = 0
    removed: int = 0
    broken: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The form that `--json` prints."""
        return {
            "pages": self.pages,
            "files": len(self.files),
            "written": self.written,
            "removed": self.removed,
            "broken": self.broken,
        }


def file_of(address: str) -> str | None:
    """The file that holds an address of the app, below its language; None when it is not held.

    >>> file_of("/references/cha2021intercostal")
    'references/cha2021intercostal/index.html'
    >>> file_of("/map?under=pelvic-pain")
    'map/pelvic-pain/index.html'
    """
    parts = urlsplit(address)
    path = unquote(parts.path)
    query = parse_qs(parts.query)
    first = path.strip("/").split("/", 1)[0]
    if first in ("api", "desk", "healthz", "unapi", "sitemap.xml", "robots.txt"):
        return None
    if first == "feeds":
        return f"{path.strip('/')}.xml" if path.startswith("/feeds/texts/") else None
    if first == "static":
        return path.strip("/")
    if path == "/search":
        return "search/index.html"
    if path.startswith("/search."):
        return None
    under = query.get("under", [""])[0]
    if path in ("/map", "/map.csv", "/map/years.csv"):
        name = under or ("all" if query.get("rows") == ["all"] else "")
        if path == "/map":
            return posixpath.join("map", name, "index.html")
        return posixpath.join("map", name, "map.csv" if path == "/map.csv" else "years.csv")
    if path == "/indications/" and query.get("facet", ["indication"]) != ["indication"]:
        return f"indications/by-{query['facet'][0]}/index.html"
    if path.endswith("/compare"):
        return None
    if path.endswith(_FILES):
        return path.strip("/")
    return posixpath.join(path.strip("/"), "index.html") if path.strip("/") else "index.html"


class Publisher:
    """Writes one knowledge base to one folder."""

    def __init__(self, app: Flask, folder: Path, language: str, address: str) -> None:
        self.app = app
        self.folder = folder
        self.languages = (language, *(other for other in LANGUAGES if other != language))
        self.address = address.rstrip("/")
        self.site: Site = app.extensions["site"]
        self.done = Published()
        self._old: dict[str, Any] = {}
        self._anchors: dict[str, set[str]] = {}
        self._links: list[tuple[str, str, str]] = []  # from file, to file, fragment

    # ---- writing ----------------------------------------------------------------------

    def _place(self, language: str, name: str) -> str:
        shared = name.startswith("static/") or language == self.languages[0]
        return name if shared else f"{language}/{name}"

    def _write(self, name: str, content: bytes) -> None:
        self.done.files.add(name)
        path = self.folder / name
        if path.is_file() and path.read_bytes() == content:
            return
        write_atomic(path, content)
        self.done.written += 1

    def _get(self, address: str, language: str) -> Any:
        client = self.app.test_client(use_cookies=False)
        return client.get(
            address, headers={"Accept-Language": language}, base_url=self.address or None
        )

    def run(self) -> Published:
        """Make all pages, then the index of the search; remove what was published before.

        Raises:
            SettingError: the folder holds something else, or cannot be written.
        """
        self._old = self._manifest()
        for language in self.languages:
            self._pages(language)
        self._static()
        self._index()
        self._check()
        for name in set(self._old.get("files", ())) - self.done.files:
            (self.folder / name).unlink(missing_ok=True)
            self.done.removed += 1
        for folder in sorted(self.folder.rglob("*"), reverse=True):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
        content = {"by": "evidence publish", "files": sorted(self.done.files)}
        write_atomic(self.folder / MANIFEST, json.dumps(content, indent=0))
        return self.done

    def _manifest(self) -> dict[str, Any]:
        """What an earlier run wrote; a folder with other things in it is left alone."""
        if not self.folder.exists() or not any(self.folder.iterdir()):
            return {}
        try:
            found = json.loads((self.folder / MANIFEST).read_text(encoding="utf-8"))
            return found if isinstance(found, dict) else {}
        except (OSError, ValueError):
            raise SettingError(
                f"{self.folder} is not empty and was not made by 'evidence publish'; "
                "name a new folder, or empty it first."
            ) from None

    # ---- pages ------------------------------------------------------------------------

    def _pages(self, language: str) -> None:
        waiting = list(START)
        seen: set[str] = set()
        while waiting:
            address = waiting.pop()
            name = file_of(address)
            if name is None or name in seen:
                continue
            seen.add(name)
            place = self._place(language, name)
            if name == "search/index.html":
                waiting += self._page(self._search_page(language), place, language)
                continue
            answer = self._get(address, language)
            if answer.status_code != 200:
                self.done.broken.append(f"{address}: answered {answer.status_code}")
                continue
            if answer.mimetype != "text/html":
                self._write(place, answer.data)
                continue
            waiting += self._page(answer.text, place, language, self._filters(address))

    def _search_page(self, language: str) -> str:
        studies, vocabulary = self.site.studies, self.site.kb.vocabulary
        with self.app.test_request_context("/search", headers={"Accept-Language": language}):
            return render_template(
                "publish_search.html",
                hide_alternates=True,
                indications=sorted(
                    (c for c in vocabulary.of_facet("indication") if studies.count(c.id)),
                    key=lambda concept: concept.label[language],
                ),
                designs=list(
                    dict.fromkeys(
                        r.study.design for r in self.site.kb.library.values() if r.study.design
                    )
                ),
            )

    def _filters(self, address: str) -> Reference | None:
        """The reference whose page this is: only these are searched."""
        path = urlsplit(address).path
        if not path.startswith("/references/"):
            return None
        return self.site.kb.library.get(unquote(path.removeprefix("/references/")))

    def _page(
        self, text: str, place: str, language: str, reference: Reference | None = None
    ) -> list[str]:
        """Write a page with relative addresses; the addresses that it leads to."""
        page = html.document_fromstring(text)
        for element in [*page.xpath(_WITHOUT), *chain(*map(page.find_class, _WITHOUT_CLASS))]:
            element.drop_tree()
        meta = html.Element("meta", {"http-equiv": "Content-Security-Policy", "content": POLICY})
        page.head.insert(1, meta)
        for switch in page.xpath("//a[@hreflang]"):
            other = str(switch.get("hreflang"))
            own = place.removeprefix(f"{language}/") if language != self.languages[0] else place
            switch.set("href", self._relative(place, self._place(other, own)))
            switch.set("data-done", "")
        if reference is not None:
            self._searchable(page, reference, language)
        found = list(self._rewritten(page, place, language))
        self._anchors[place] = {str(e.get("id")) for e in page.iter() if e.get("id")}
        body = html.tostring(page, encoding="unicode", doctype="<!doctype html>")
        self._write(place, body.encode())
        self.done.pages += 1
        return found

    def _rewritten(self, page: Any, place: str, language: str) -> Iterator[str]:
        for element in page.iter("a", "link", "script", "form", "img", "button"):
            if element.attrib.pop("data-done", None) is not None:
                continue
            if element.tag == "button":
                copied = element.get("data-copy", "")
                if copied.startswith(("http://localhost/", "/")):
                    element.drop_tree()  # an address that is not known here cannot be copied
                continue
            name = {"link": "href", "a": "href", "form": "action"}.get(element.tag, "src")
            address = element.get(name)
            if not address or address.startswith("#"):
                continue
            parts = urlsplit(address)
            if parts.netloc and f"{parts.scheme}://{parts.netloc}" != self.address:
                continue
            held = file_of(address)
            if held is None:
                if element.tag == "a":
                    element.drop_tag()
                else:
                    element.drop_tree()
                continue
            target = self._place(language, held)
            written = self._relative(place, target)
            if held == "search/index.html" and parts.query:
                written += f"?{parts.query}"
            if parts.fragment:
                written += f"#{parts.fragment}"
            element.set(name, written)
            self._links.append((place, target, parts.fragment))
            if not held.startswith("static/"):
                yield address

    def _relative(self, place: str, target: str) -> str:
        path = posixpath.relpath(target, posixpath.dirname(place) or ".")
        return path.removesuffix("index.html") or "./"

    def _searchable(self, page: Any, reference: Reference, language: str) -> None:
        """Mark what Pagefind indexes, with the terms of both languages and the filters."""
        vocabulary = self.site.kb.vocabulary
        main = page.find(".//main")
        main.set("data-pagefind-body", "")
        for crumb in page.find_class("crumbs"):
            crumb.set("data-pagefind-ignore", "")
        own = self.site.studies.concepts_of(reference)
        concepts = list(dict.fromkeys(c for one in own for c in (one, *vocabulary.broader(one))))
        facets = [(vocabulary[c].facet, c) for c in concepts]
        facets += [("stance", k.stance) for _t, _c, k in self.site.kb.uses_of(reference.key)]
        if reference.year:
            facets.append(("year", str(reference.year)))
        for facet, value in dict.fromkeys(facets):
            element = html.Element(
                "span", {"hidden": "", "data-pagefind-filter": f"{facet}:{value}"}
            )
            main.append(element)
        main.append(
            html.Element(
                "span", {"hidden": "", "data-pagefind-sort": f"year:{reference.year or 0}"}
            )
        )
        terms = html.Element("p", {"hidden": "", "data-pagefind-weight": "0.5"})
        terms.text = ", ".join(term for c in own for term in vocabulary[c].terms())
        main.append(terms)
        byline = html.Element(
            "span", {"hidden": "", "data-pagefind-meta": f"byline:{reference.byline}"}
        )
        main.append(byline)

    # ---- the rest ---------------------------------------------------------------------

    def _static(self) -> None:
        folder = Path(str(self.app.static_folder))
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self._write(f"static/{path.relative_to(folder).as_posix()}", path.read_bytes())

    def _index(self) -> None:
        """Let Pagefind read the pages; its files are named after their content."""
        with tempfile.TemporaryDirectory() as place:
            done = subprocess.run(  # noqa: S603 - our own interpreter, fixed words
                [sys.executable, "-m", "pagefind", "--site", str(self.folder),
                 "--output-path", place, "--quiet"],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            if done.returncode:
                raise SettingError(
                    f"Pagefind could not index the pages ({done.stderr.strip()[-300:]}); "
                    "see whether the disk is full."
                )
            wanted = ("pagefind.js", "pagefind-worker.js", "pagefind-entry.json")
            for path in sorted(Path(place).rglob("*")):
                name = path.relative_to(place).as_posix()
                used = name in wanted or name.startswith(("fragment/", "index/", "filter/"))
                if path.is_file() and (used or name.startswith(("wasm.", "pagefind."))):
                    self._write(f"pagefind/{name}", path.read_bytes())

    def _check(self) -> None:
        """Every link leads to a file that was written and to a place that is in it."""
        for source, target, fragment in self._links:
            if target not in self.done.files:
                self.done.broken.append(f"{source}: {target} is not there")
            elif (
                fragment
                and not fragment.startswith(":~:")
                and unquote(fragment) not in self._anchors.get(target, ())
            ):
                self.done.broken.append(f"{source}: {target} has no place “{fragment}”")
        self.done.broken = sorted(set(self.done.broken))


def publish_to(
    kb: KnowledgeBase, folder: Path, language: str = "fr", address: str = ""
) -> Published:
    """Publish a knowledge base; `language` is that of the first pages, the other lies below.

    `address` is where the files will stand ("https://example.org"), for what must be absolute.

    Raises:
        SettingError: Pagefind is not installed, or the folder cannot be used.
    """
    from webapp import create_app

    if find_spec("pagefind") is None or find_spec("pagefind_bin") is None:
        raise SettingError(
            "Publishing needs Pagefind for the search; "
            "install it with: pip install 'evidence-base[publish]'"
        )
    instance = Path(tempfile.mkdtemp(prefix="evidence-publish-"))
    try:
        return Publisher(create_app(kb, instance), folder, language, address).run()
    finally:
        shutil.rmtree(instance, ignore_errors=True)


def _lines(done: Published) -> Iterable[str]:
    yield (
        f"{done.pages} pages, {len(done.files)} files; "
        f"{done.written} written, {done.removed} removed."
    )
    if done.broken:
        yield f"{len(done.broken)} links lead nowhere:"
        yield from done.broken[:20]


@command("publish")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option(
    "--language", type=click.Choice(LANGUAGES), default="fr", show_default=True,
    help="Language of the first pages; the others lie in a folder below.",
)  # fmt: skip
@click.option("--address", default="", metavar="URL", help="Where the files will stand.")
def publish(context: Context, folder: Path, language: str, address: str) -> None:
    """Write the reader as static files, with a search that runs in the browser.

    Publishing again writes only what has changed and removes what is gone.

    \b
    Example:
      evidence publish public --address https://evidence.example.org
    """
    if address and not address.startswith(("https://", "http://")):
        raise SettingError(f"'{address}' is not an address; write https://…")
    done = publish_to(context.kb, folder, language, address)
    context.emit(done.as_dict(), "\n".join(_lines(done)))
    context.finish(FINDINGS if done.broken else 0)
