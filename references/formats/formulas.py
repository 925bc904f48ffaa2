"""Formulas, powers and indices in plain Unicode.

Superscripts and subscripts become the Unicode ones where all their characters exist ("10⁵",
"CO₂"), else a caret or nothing stands for them: meaning first.
"""

from __future__ import annotations

from typing import Any

_SUPER = dict(
    zip(
        "0123456789+-−=()abcdefghijklmnoprstuvwxyz",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ",
        strict=True,
    )
)
_SUB = dict(
    zip("0123456789+-−=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True)
)


def raised(text: str, kind: str) -> str:
    """`text` as a superscript ("sup") or subscript ("sub") in plain Unicode."""
    text = text.strip()
    table = _SUPER if kind == "sup" else _SUB
    if text and all(character in table for character in text):
        return "".join(table[character] for character in text)
    return f"^{text}" if kind == "sup" and text[:1].isdigit() else text


def formula_of(source: str) -> str:
    """The formula of MathML that stands in a text, such as `<mml:math>…</mml:math>`."""
    from lxml import etree

    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True)
    try:
        element = etree.fromstring(source.replace("mml:", "").replace("m:", ""), parser)
    except etree.XMLSyntaxError:
        element = None
    return "" if element is None else formula(element)


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
