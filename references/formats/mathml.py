"""MathML in titles and abstracts as one line of text: "η_p²" for a subscript and a power."""

from __future__ import annotations

from typing import Any

from references.formats.markup import raised


def words(element: Any) -> str:
    """The text of a formula; layout that a line of text cannot show is written with signs."""
    name = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
    parts = [text for child in element if isinstance(child.tag, str) and (text := words(child))]
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
