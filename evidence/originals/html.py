"""The text of a web page, and of Markdown, which becomes one."""

from __future__ import annotations

import re
from typing import Any

import lxml.html
from lxml import etree

from evidence.originals.lines import BULLET, INDENT, count_words, tidy
from evidence.originals.loaded import OriginalError
from evidence.originals.main_text import AROUND, LINKED, compared, main_part, unmarked

#: Elements that stand on lines of their own; `quote`, `list`, `row`, `doc`, `item` and `head` are
#: of the XML that trafilatura makes.
_BLOCK_NAMES = """
address article aside blockquote body dd details dialog div dl dt fieldset figcaption figure footer
form header hr html main nav ol p pre section summary table tbody thead tr ul quote list row
caption doc li item h1 h2 h3 h4 h5 h6 head
"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_HEADS = {"h1", "h2", "h3", "h4", "h5", "h6", "head"}
_LOWER_HEADS = {"h3", "h4", "h5", "h6"}
_ITEMS = {"li", "item"}
_CELLS = {"td", "th", "cell"}
#: Elements whose words are no part of the text.
_HIDDEN_NAMES = """
script style noscript template svg iframe object select button nav title meta link input textarea
canvas video audio s strike del
"""
_HIDDEN = frozenset(_HIDDEN_NAMES.split())

_FOR_LISTENERS = re.compile(
    r"\b(?:sr-only|visually-?hidden|screen-reader-text|element-invisible|u-hidden-visually)\b", re.I
)
_FURNITURE = re.compile(
    r"cookie|\bgdpr|\brgpd|didomi|onetrust|axeptio|tarteaucitron|breadcrumb|\bfil-d?-?ariane", re.I
)


#: "&amp;eacute;" is what a program that encodes entities twice makes of "é".
_ENCODED_TWICE = re.compile(r"&amp;(?=(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z]{2,8}\d{0,2});)", re.I)
#: A word or a stop that a raised figure after it calls a note for.
_TAKES_CALL = re.compile(r"(?:[^\W\d_]{4}|[.,;:!?)»])\s*$")


_AROUND_TAGS = frozenset(("aside", "footer", "nav", "form", "address", "figcaption"))
_AROUND_NAMES = re.compile(
    r"share|sharing|social|related|comment|sidebar|promo|newsletter|subscri|advert|\bads?\b|tags?\b|"
    r"byline|author|\bbio\b|widget|menu|paginat|recommend|teaser|footer|caption|credit|meta|date|"
    r"copyright|rating|popular|more-|read-?more|login|banner|toolbar|skip|print|disclaimer",
    re.I,
)


def _is_around(element: Any) -> bool:
    """True for what stands around a text on most pages, or tells of it: by tag and by name."""
    if element.tag in _AROUND_TAGS:
        return True
    if element.tag in ("body", "html", "main", "article"):
        return False
    return bool(_AROUND_NAMES.search(f"{element.get('id', '')} {element.get('class', '')}"))


def _is_title(element: Any) -> bool:
    """True for the button that opens a part of the page and is its heading."""
    if element.tag != "button":
        return False
    above = element.getparent()
    return above is not None and (above.tag in _HEADS or above.tag == "summary")


def _is_folded(element: Any) -> bool:
    """True for what is hidden for good: a label, an icon. A part that opens has blocks, or
    more words."""
    hidden = element.get("hidden") is not None or element.get("aria-hidden") == "true"
    if not hidden and not _FOR_LISTENERS.search(element.get("class", "")):
        return False
    if any(child.tag in _BLOCKS for child in element.iterdescendants()):
        return False
    return len(element.text_content().split() if hasattr(element, "text_content") else ()) < 12


def _is_furniture(element: Any) -> bool:
    """True for a cookie banner, a path to the page, a dialogue: around the text, not in it."""
    if element.get("role") in ("navigation", "search", "dialog", "alertdialog"):
        return True
    return bool(_FURNITURE.search(f"{element.get('id', '')} {element.get('class', '')}"))


def _call_of_note(element: Any, before: str) -> str | None:
    """The raised figure or letter that calls a note; None for what calls none ("cm²", "10⁶")."""
    if element.tag != "sup":
        return None
    words = "".join(element.itertext()).strip()
    if not re.fullmatch(r"[\[(]?(?:\d{1,3}|[a-z*†‡])(?:\s?[,;–-]\s?\d{1,3})*[\])]?", words):
        return None
    is_link = next(element.iter("a"), None) is not None
    if not is_link and words[0] not in "[(" and not _TAKES_CALL.search(before):
        return None
    return words.strip("[()]")


def _lays_out(element: Any) -> bool:
    """True for a cell of several paragraphs or lists: it lays out the page, holds no value."""
    return element.tag in _CELLS and sum(child.tag in _BLOCKS for child in element) > 1


class _LineWriter:
    """Writes an element and all that is in it as lines.

    Elements are visited one after the other, not by a function that calls itself: pages made by
    programs nest thousands deep. Of comments and processing instructions only the text after
    them is taken.
    """

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._pieces: list[str] = []  # of the line that is being written
        self._end = ""  # its last characters
        self._has_words = False
        self._layouts: set[Any] = set()  # cells that lay out the page
        self._is_around = False
        self._links = self._around = 0  # elements that are open, of links and of what is around
        self._linked = self._length = 0  # characters of the line, in links and at all

    def written(self, root: Any) -> str:
        """The text of an element, without what follows it."""
        left_out = None
        walker = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
        for event, element in walker:
            if event == "start":
                call = _call_of_note(element, self._end)
                if call is not None or self._is_left_out(element):
                    left_out = element
                    walker.skip_subtree()
                    # A figure names a printed source; a letter or a star only the foot of the page.
                    self._write(f"[{call}]" if call and call[0].isdigit() else None)
                else:
                    self._open(element)
                continue
            if event == "end" and element is not left_out:
                self._close(element)
            if element is not root:
                self._write(element.tail)
        self._new_line()
        return tidy(self._lines)

    def _is_left_out(self, element: Any) -> bool:
        return (
            (element.tag in _HIDDEN and not _is_title(element))
            or "line-through" in element.get("style", "")
            or _is_folded(element)
            or _is_furniture(element)
        )

    def _is_block(self, element: Any) -> bool:
        """True for what stands on lines of its own; in a cell that holds a value nothing does."""
        if element in self._layouts:
            return True
        above = element.getparent()
        in_value = above is not None and above.tag in _CELLS and above not in self._layouts
        return element.tag in _BLOCKS and not in_value

    def _open(self, element: Any) -> None:
        self._links += element.tag == "a"
        self._around += _is_around(element)
        if _lays_out(element):
            self._layouts.add(element)
        if self._is_block(element):
            self._new_line()
            if element.tag not in _ITEMS | {"row", "tr"}:
                self._new_line()
        if element.tag in _LOWER_HEADS:
            self._write(INDENT * (int(element.tag[1]) - 2))
        elif element.tag in _ITEMS:
            self._write(f"{BULLET} ")
        elif element.tag in _CELLS and element not in self._layouts:
            self._begin_cell()
        elif element.tag in ("br", "lb"):
            self._new_line()
        self._write(element.text)

    def _close(self, element: Any) -> None:
        if self._is_block(element):
            self._new_line()
            if element.tag in _HEADS:
                self._new_line()
        self._links -= element.tag == "a"
        self._around -= _is_around(element)

    def _write(self, words: str | None) -> None:
        if words:
            piece = re.sub(r"[ \t\r\n\f]+", " ", words)
            self._pieces.append(piece)
            self._end = (self._end + piece)[-20:]
            self._has_words = self._has_words or bool(piece.strip())
            self._length += len(piece.strip())
            self._linked += len(piece.strip()) if self._links else 0
            self._is_around = self._is_around or (bool(piece.strip()) and self._around > 0)

    def _begin_cell(self) -> None:
        if self._has_words:
            while not self._pieces[-1].strip():
                self._pieces.pop()
            self._pieces[-1] = self._pieces[-1].rstrip()
            self._write(" | ")

    def _new_line(self) -> None:
        marks = LINKED * (self._linked > 0.5 * self._length) + AROUND * self._is_around
        line = "".join(self._pieces)
        self._lines.append(line.rstrip() + marks if self._has_words else line)
        self._pieces, self._end, self._has_words = [], "", False
        self._linked = self._length = 0
        self._is_around = False


def _marked_text(element: Any) -> str:
    """The text of an element, its lines with the marks of `main_text`."""
    return _LineWriter().written(element)


def _tree(page: str) -> Any:
    # Bytes in one encoding: a declaration inside the page, right or wrong, says nothing any more.
    # Without `huge_tree` the parser drops in silence what lies deeper than 255 elements.
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=True)
    try:
        tree = lxml.html.document_fromstring(page.encode("utf-8", "replace"), parser)
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise OriginalError("The page is not readable HTML; save it from a browser.") from error
    # What follows </html> belongs to the page, as browsers take it; the parser sets it apart.
    for late in [one for one in tree.itersiblings() if isinstance(one.tag, str)]:
        _body_of(tree).append(late)
    return tree


def _body_of(tree: Any) -> Any:
    """The body of a page; pages of frames, and of nothing, have none."""
    body = tree.find("body")
    return tree if body is None else body


def from_html(page: str) -> tuple[str, str]:
    """Main text and title of a web page.

    It is looked for in what the page marks as its main part, where it marks one.

    Raises:
        OriginalError: it is no HTML.
    """
    if not page.strip():
        return "", ""
    tree = _tree(_ENCODED_TWICE.sub("&", page))
    title = " ".join((tree.findtext(".//title") or "").split())
    marked = tree.xpath("//main | //*[@role='main']") or tree.xpath("//article")
    part = _marked_text(marked[0]) if len(marked) == 1 else ""
    is_main = count_words(part) > 50
    lines = part if is_main else _marked_text(_body_of(tree))
    heads = {compared(head.text_content()) for head in tree.iter(*_HEADS, "summary")}
    return main_part(lines, is_main, heads, _extracted(tree)), title


def _extracted(tree: Any) -> str:
    """The main text as trafilatura finds it, "" when it finds none; the tree is used up."""
    import trafilatura

    for element in tree.iter("*"):
        _unfold(element)
    try:
        text: str | None = trafilatura.extract(
            tree, include_comments=False, include_tables=True, deduplicate=False
        )
    except RecursionError:  # lists in lists in lists
        return ""
    return text or ""


def _unfold(element: Any) -> None:
    """Take away what hides a part of a page until somebody opens it: it is read as well."""
    for name in ("hidden", "aria-hidden", "aria-expanded"):
        element.attrib.pop(name, None)
    if "display" in element.get("style", ""):
        del element.attrib["style"]


def from_markdown(page: str) -> tuple[str, str]:
    """The text of a Markdown page and its first heading."""
    from markdown_it import MarkdownIt

    body = re.sub(r"\A---\n.*?\n---\n", "", page, count=1, flags=re.S)
    html = MarkdownIt("commonmark", {"html": False}).enable("table").render(body)
    if not html.strip():
        return "", ""
    tree = _tree(html)
    heads = tree.xpath("//h1 | //h2")
    return unmarked(_marked_text(tree)), heads[0].text_content().strip() if heads else ""
