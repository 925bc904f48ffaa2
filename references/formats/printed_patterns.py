"""Pieces that the patterns of printed references share: letters, years, dates."""

from __future__ import annotations

CAPITALS = r"A-ZÀ-ÖØ-ÞŁŠŽŚŹŻČĆĘĄŞİĞŐŰŘŤŇĎŮĐΑ-ΩА-Я"
SMALL = r"a-zß-öø-ÿłšžśźżčćęąńňňşığőűřťďůđěα-ωа-я"
YEAR = r"(?:1[5-9]\d\d|20\d\d)"
MONTH = (
    r"(?:Jan(?:uary|v(?:ier)?)?|Feb(?:ruary)?|F[ée]v(?:r(?:ier)?)?|Mar(?:ch|s)?|A[pv]r(?:il)?|May|Mai|"
    r"June?|Juin|Jul(?:y)?|Juil(?:let)?|Aug(?:ust)?|Ao[uû]t|Sep(?:t(?:ember|embre)?)?|"
    r"Oct(?:ober|obre)?|Nov(?:ember|embre)?|D[ée]c(?:ember|embre)?|Spring|Summer|Fall|Autumn|Winter)"
)
DATE = (
    rf"(?:{MONTH}\.?(?:[-–/ ]{MONTH}\.?)?\s*(?:\d{{1,2}}(?:st|nd|rd|th)?)?,?\s*)?"
    rf"(?<!\d)({YEAR})[a-z]?"
    rf"(?:[\s,]+{MONTH}\.?(?:[-–/]{MONTH}\.?)?(?:\s+\d{{1,2}})?(?!\w))?"
)
