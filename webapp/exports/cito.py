"""Stances in the words of CiTO, the Citation Typing Ontology (Peroni & Shotton 2012).

The reference is the subject: it supports, qualifies or disagrees with the claim.
"""

from __future__ import annotations

NAMESPACE = "http://purl.org/spar/cito/"
CITO = {
    "supports": "supports",
    "qualifies": "qualifies",
    "contradicts": "disagreesWith",
    "background": "isCitedForInformationBy",
}


def cito(stance: str) -> str:
    """The address of the property that says a stance."""
    return NAMESPACE + CITO[stance]
