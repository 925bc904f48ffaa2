"""How an address of the app becomes a file, and its page one that needs no server.

Pages are written with relative addresses, so that they work in any folder of any host. What
must be absolute (feeds, annotations, linked data, canonical addresses) is there only when the
address of the files is known.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from lxml import etree, html

POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'"
)
#: Parts of the app that need a server, or that show what only an instance knows.
_SERVED = (
    "api",
    "changes",
    "desk",
    "healthz",
    "metrics",
    "pico",
    "readyz",
    "robots.txt",
    "sitemap.xml",
    "unapi",
)
#: What a map of its own folder is of; other filters of it need a server.
_MAPS = ("text", "by", "under", "rows")
#: Elements that need a server; the reader's own theme holds.
_WITHOUT_CLASS = (
    "filter",
    "map-narrow",
    "pico-link",
    "compare-pick",
    "signed-in",
    "themes",
    "unapi-id",
)
_WITHOUT = "//link[@rel='unapi-server' or @rel='canonical' or (@rel='alternate' and @hreflang)]"
#: Files that are the same in every language, and those that differ.
_SAME = (".bib", ".ris", ".nbib", ".json", ".jsonld")
_FILES = (*_SAME, ".csv", ".svg")
_UNKNOWN = "http://localhost"  # what the app calls itself when it is not told
_ATOM = "{http://www.w3.org/2005/Atom}"


def file_of(path: str) -> str | None:
    """The file that holds an address of the app, below its language; None when none does.

    >>> file_of("/references/cha2021intercostal")
    'references/cha2021intercostal/index.html'
    >>> file_of("/map?under=pelvic-pain")
    'map/pelvic-pain/index.html'
    """
    parts = urlsplit(path)
    path = unquote(parts.path)
    query = parse_qs(parts.query)
    first = path.strip("/").split("/", 1)[0]
    if first in _SERVED or path.startswith("/search.") or path.endswith("/compare"):
        return None
    if path.endswith(".json") and first != "references":  # an answer of the API
        return None
    if first == "feeds":
        return f"{path.strip('/')}.xml" if path.startswith("/feeds/texts/") else None
    if first == "static" or (path.endswith(_FILES) and first != "map"):
        return path.strip("/")
    if path in ("/map", "/map.csv", "/map/years.csv"):
        if len(query) > 1 or not query.keys() <= set(_MAPS):
            return None
        of = [query[name][0] for name in _MAPS if name in query]
        return posixpath.join("map", *of, posixpath.basename(path) if "." in path else "index.html")
    if path == "/indications/" and query.get("facet", ["indication"]) != ["indication"]:
        return f"indications/by-{query['facet'][0]}/index.html"
    return posixpath.join(path.strip("/"), "index.html") if path.strip("/") else "index.html"


@dataclass(frozen=True)
class Places:
    """Where the files stand: the first language at the top, the others in folders of theirs.

    `address` is where the top stands ("https://example.org/evidence"), "" when not known.
    """

    languages: tuple[str, ...]
    address: str = ""

    @property
    def base(self) -> str:
        """The address by which the app is asked for its pages."""
        return self.address or _UNKNOWN

    def path(self, address: str) -> str | None:
        """The path and query in the app of an address found in a page; None for other hosts."""
        parts = urlsplit(address)
        base = urlsplit(self.base)
        if parts.scheme and (parts.scheme, parts.netloc) != (base.scheme, base.netloc):
            return None
        if parts.path != base.path and not parts.path.startswith(f"{base.path}/"):
            return None
        path = parts.path.removeprefix(base.path) or "/"
        return f"{path}?{parts.query}" if parts.query else path

    def file(self, path: str) -> str | None:
        """As `file_of`, without the files that hold absolute addresses when there are none."""
        name = file_of(path)
        if name and not self.address and name.endswith((".jsonld", ".xml")):
            return None
        return name

    def place(self, language: str, name: str) -> str:
        """The file for a language; what is the same in all of them is there once."""
        shared = name.startswith("static/") or name.endswith(_SAME)
        return name if shared or language == self.languages[0] else f"{language}/{name}"

    def absolute(self, place: str) -> str:
        """The address of a file on its host."""
        return f"{self.address}/{quote(place.removesuffix('index.html'))}"


def relative(place: str, target: str) -> str:
    """The address of a file as seen from another; folders are named without their index."""
    path = posixpath.relpath(target, posixpath.dirname(place) or ".")
    return quote(path.removesuffix("index.html")) or "./"


@dataclass(frozen=True)
class PageLink:
    """A link between two files; `fragment` is a place in the second."""

    source: str
    target: str
    fragment: str


class StaticPage:
    """A page of the app on its way to becoming a file."""

    def __init__(self, text: str, place: str, language: str, places: Places) -> None:
        self.tree = html.document_fromstring(text)
        self.place = place
        self.language = language
        self.places = places
        self.links: list[PageLink] = []
        self.leads_to: list[str] = []  # paths of the app
        for element in [
            *self.tree.xpath(_WITHOUT),
            *chain(*map(self.tree.find_class, _WITHOUT_CLASS)),
        ]:
            element.drop_tree()
        self._name_own_address()
        if not places.address:
            self._without_absolute()
        self._make_relative()
        policy = {"http-equiv": "Content-Security-Policy", "content": POLICY}
        self.tree.head.insert(1, html.Element("meta", policy))

    @property
    def anchors(self) -> set[str]:
        """The places of the page that a fragment can name."""
        return {str(element.get("id")) for element in self.tree.iter() if element.get("id")}

    @property
    def is_listed(self) -> bool:
        """True when search engines may keep the page."""
        return not self.tree.xpath("//meta[@name='robots']")

    def content(self) -> bytes:
        """The file."""
        text: str = html.tostring(self.tree, encoding="unicode", doctype="<!doctype html>")
        return text.encode()

    def _others(self) -> Iterator[tuple[str, str]]:
        """Each language and the file of this page in it."""
        top = self.places.languages[0]
        own = self.place if self.language == top else self.place.removeprefix(f"{self.language}/")
        for language in self.places.languages:
            yield language, self.places.place(language, own)

    def _name_own_address(self) -> None:
        others = dict(self._others())
        for switch in self.tree.xpath("//a[@hreflang]"):
            if (other := str(switch.get("hreflang"))) in others:
                switch.set("href", relative(self.place, others[other]))
                switch.set("data-done", "")
        if not self.places.address:
            return
        named = [
            ("canonical", "", self.place),
            *(("alternate", *other) for other in others.items()),
        ]
        for rel, language, place in named:
            link = html.Element("link", {"rel": rel, "data-done": ""})
            if language:
                link.set("hreflang", language)
            link.set("href", self.places.absolute(place))
            self.tree.head.append(link)

    def _without_absolute(self) -> None:
        for element in self.tree.xpath(
            "//script[@type='application/ld+json'] | //meta[@name='citation_abstract_html_url']"
        ):
            element.drop_tree()
        for sheet in self.tree.find_class("sheet"):  # the address on paper
            sheet.text = None
        for span in self.tree.find_class("Z3988"):
            unknown = rf"&rft_id={quote(_UNKNOWN, safe='')}[^&]*"
            span.set("title", re.sub(unknown, "", str(span.get("title"))))

    def _make_relative(self) -> None:
        for cell in self.tree.xpath("//a[@data-published]"):  # opened by a server only
            cell.set("href", cell.attrib.pop("data-published"))
            cell.attrib.pop("aria-expanded", None)
        for element in list(self.tree.iter("a", "link", "script", "form", "img", "button")):
            if element.attrib.pop("data-done", None) is not None:
                continue
            if element.tag == "button":
                if element.get("data-copy"):
                    self._copies(element)
                continue
            name = {"link": "href", "a": "href", "form": "action"}.get(element.tag, "src")
            address = element.get(name)
            if not address or address.startswith(("#", "mailto:")):
                continue
            path = self.places.path(address)
            if path is None:
                continue
            held = self.places.file(path)
            if held is None:
                _drop(element)
                continue
            parts = urlsplit(address)
            target = self.places.place(self.language, held)
            written = relative(self.place, target)
            if held == "search/index.html" and parts.query:
                written += f"?{parts.query}"
            if parts.fragment:
                written += f"#{parts.fragment}"
            element.set(name, written)
            self.links.append(PageLink(self.place, target, parts.fragment))
            if not held.startswith("static/"):
                self.leads_to.append(path)

    def _copies(self, button: Any) -> None:
        """A button copies the address of its file, and is not there when that is not known."""
        path = self.places.path(str(button.get("data-copy")))
        held = self.places.file(path) if path else None
        if path is None and _UNKNOWN not in str(button.get("data-copy")):
            return
        if path is None or not self.places.address or held is None:
            button.drop_tree()
        else:
            place = self.places.place(self.language, held)
            fragment = urlsplit(str(button.get("data-copy"))).fragment
            whole = self.places.absolute(place) + (f"#{fragment}" if fragment else "")
            button.set("data-copy", whole)


def _drop(element: Any) -> None:
    """Take away a link that leads nowhere here: with its list item, or leaving its words."""
    parent = element.getparent()
    alone = parent is not None and parent.tag == "li" and len(parent) == 1
    if alone and not (parent.text or "").strip() and not (element.tail or "").strip():
        parent.drop_tree()
    elif element.tag == "a":
        element.drop_tag()
    else:
        element.drop_tree()


def static_feed(document: bytes, place: str, language: str, places: Places) -> bytes:
    """An Atom feed whose links lead to the files; the ids of its entries stay."""
    root = etree.fromstring(document)
    for link in root.iter(f"{_ATOM}link"):
        path = places.path(str(link.get("href")))
        held = places.file(path) if path else None
        if link.get("rel") == "self":
            link.set("href", places.absolute(place))
        elif held:
            link.set("href", places.absolute(places.place(language, held)))
    root.find(f"{_ATOM}id").text = places.absolute(place)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8")
    return written
