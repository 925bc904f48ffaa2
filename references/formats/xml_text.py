"""The text of XML elements on one line: superscripts, subscripts and formulas in Unicode."""

from __future__ import annotations

from typing import Any

from references.formats.markup import plain, raised

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


def formula(element: Any) -> str:
    """MathML as text: "η_p²" for a subscript and a power; layout is written with characters."""
    name = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
    parts = [text for child in element if isinstance(child.tag, str) and (text := formula(child))]
    if not len(element):
        return " ".join((element.text or "").split())
    if name == "msup" and len(parts) == 2:
        return parts[0] + raised(parts[1], "sup")
    if name == "msub" and len(parts) == 2:
        return f"{parts[0]}_{parts[1]}"
    if name == "msubsup" and len(parts) == 3:
        return f"{parts[0]}_{parts[1]}{raised(parts[2], 'sup')}"
    if name == "mfrac" and len(parts) == 2:
        return f"{_grouped(parts[0])}/{_grouped(parts[1])}"
    if name in ("msqrt", "mroot") and parts:
        return f"√({parts[0]})" if name == "mroot" else f"√({''.join(parts)})"
    if name == "mfenced":
        return f"{element.get('open', '(')}{','.join(parts)}{element.get('close', ')')}"
    return ("; " if name == "mtable" else " " if name == "mtr" else "").join(parts)


def _grouped(text: str) -> str:
    return text if text.isalnum() else f"({text})"
