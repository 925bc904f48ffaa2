"""The text of XML elements on one line: superscripts, subscripts and formulas in Unicode."""

from __future__ import annotations

from typing import Any

from references.formats.formulas import formula, raised
from references.formats.markup import plain

#: EndNote's faces of type, which say what other XML says by the name of the element.
_FACES = {"superscript": "sup", "subscript": "sub"}


def flat(element: Any) -> str:
    """The text of an element with all it holds, entities and markup in it as they are."""
    parts = [element.text or ""]
    for child in element:
        if isinstance(child.tag, str):
            name = child.tag.rpartition("}")[2].lower()
            inner = formula(child) if name == "math" else flat(child)
            kind = name if name in ("sup", "sub") else _FACES.get(child.get("face", ""), "")
            parts.append(raised(inner, kind) if kind and inner.strip() else inner)
        parts.append(child.tail or "")
    return "".join(parts)


def text_at(element: Any | None, path: str = "") -> str:
    """The text of the first element at a path, or of the element itself; "" without one."""
    target = element.find(path) if path and element is not None else element
    return "" if target is None else plain(flat(target))


def texts_at(element: Any, path: str) -> list[str]:
    """The texts of all elements at a path, empty ones left out."""
    return [text for child in element.findall(path) if (text := plain(flat(child)))]
