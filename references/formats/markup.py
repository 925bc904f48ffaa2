"""Titles and abstracts of other systems, which carry HTML, MathML and JATS, to plain text."""

from __future__ import annotations

import html
import re
import unicodedata

from references.formats.formulas import formula_of, raised

#: Elements that sources put into titles and abstracts; anything else in angle brackets
#: ("p < 0.05 and r > 0.2") is text.
_NAMES = (
    "i|b|u|em|strong|sup|sub|sc|scp|span|p|br|div|a|italic|bold|tt|code|small|big|s|strike|"
    "h[1-6]|ul|ol|li|title|sec|list|list-item|inf|emph|underline|monospace|roman|sans-serif|"
    "overline|xref|ext-link|inline-formula|disp-formula|named-content|styled-content|"
    "abstract|label|font|abstracttext|dl|dt|dd|table|tr|td|th|tbody|thead|hr|center|nobr|"
    "script|style|img"
)
_TAG = re.compile(
    rf"</?(?:jats:|mml:|ns\d+:)?(?:{_NAMES})(?:\s[^<>]{{0,500}})?/?>|</?(?:mml|jats|m):[a-z-]+[^<>]{{0,500}}>"
    r"|</?m(?:ath|row|i|n|o|sup|sub|subsup|text|frac|space|style|over|under)(?:\s[^<>]{0,500})?>",
    re.I,
)
_RAISED = re.compile(r"<(?:jats:)?(sup|sub|inf)(?:\s[^<>]*)?>([^<>]{0,80})</(?:jats:)?\1\s*>", re.I)
_FORMULA = re.compile(r"<((?:mml:|m:)?math)\b[^<>]{0,500}>.{0,20000}?</\1\s*>", re.I | re.S)
_BLOCK = re.compile(r"</?(?:jats:)?(?:p|br|div|li|title|sec|h[1-6]|list-item|tr|dt|dd)\b", re.I)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
#: What publishers' pages put into words and nobody sees: soft hyphens, spaces without width, marks
#: of direction. Joiners stay: Persian and the scripts of India spell with them.
_UNSEEN = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def _raise(match: re.Match[str]) -> str:
    return raised(match[2], match[1].lower())


def _in_characters(match: re.Match[str]) -> str:
    return formula_of(match[0])


def plain(value: str) -> str:
    """The text of a value that may hold tags and entities, on one line.

    Entities are resolved twice at most, because many files have "&amp;lt;"; a "<" that
    starts no known element stays.
    """
    text = value
    for _ in range(2):
        if "<" in text:
            text = _FORMULA.sub(_in_characters, text)
            text = _RAISED.sub(_raise, text)
            text = _TAG.sub(lambda match: " " if _BLOCK.match(match.group()) else "", text)
        if "&" not in text or not _ENTITY.search(text):
            break
        text = _ENTITY.sub(lambda match: html.unescape(match.group()), text)
    if not text.isascii():
        text = unicodedata.normalize("NFC", _UNSEEN.sub("", text))
    return " ".join(_CONTROL.sub("", text).split())
