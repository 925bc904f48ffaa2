"""Is this the page of the text at all? Asked before a page is kept as its new version.

A server answers an error, a cookie banner or a form to sign in with the same address and often
the same status as the page. Kept as its new version, it makes every signature lapse and shows
readers somebody's error page: a person looks first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from evidence.anchoring.drift import Drift
from evidence.anchoring.located import Located
from evidence.claims.text import Text
from evidence.originals.lines import count_words
from references.errors import Message, message
from references.normalise import fold

DoubtKind = Literal["empty", "error", "cookies", "sign-in", "language", "missing"]

#: From this share of the claims on, of those that stood on the page before: ask.
MISSING_FROM = 0.4
#: A page of fewer words is none.
_FEW = 12
#: What only says that it is in the way says it in few words.
_SHORT = 400

#: What such pages say, in folded words (no accents, lower case), French and English.
_SAYS: dict[DoubtKind, re.Pattern[str]] = {
    "error": re.compile(
        r"\b(?:(?:erreur|error|http|code|statut|status)\s*:?\s*[45]\d\d|[45]\d\d\s*[-:]?\s*"
        r"(?:error|erreur|not found|forbidden|page|internal|bad gateway|service|gateway)"
        r"|(?:page|document|contenu|adresse|content|url)[^.\n]{0,40}(?:not found|introuvable|"
        r"n.?existe (?:pas|plus)|does(?: not|n.t) exist|no longer (?:exists|available)|"
        r"a ete (?:supprime|deplace)|n.?est plus (?:disponible|en ligne)|could ?n[o.]t be found)"
        r"|(?:introuvable|not found)\b|internal server error|erreur (?:interne|du serveur)"
        r"|bad gateway|gateway time-?out|service (?:temporarily )?unavailable"
        r"|(?:site|service|page)[^.\n]{0,30}(?:en maintenance|(?:temporairement )?indisponible)"
        r"|(?:down for|under) maintenance|acces (?:refuse|interdit)|access denied|forbidden"
        r"|something went wrong|une erreur (?:est survenue|s.?est produite)"
        r"|(?:verify|checking)[^.\n]{0,30}(?:you are (?:a )?human|your browser)"
        r"|verifi[^.\n]{0,40}(?:etes (?:bien )?humain|navigateur)|captcha|enable javascript"
        r"|activer javascript)"
    ),
    "cookies": re.compile(
        r"\bcookies?\b(?=.*\b(?:accepter|refuser|accept|reject|decline|consent\w*|consentement"
        r"|preferences?|partenaires|partners|parametrer|personnaliser|manage|choix)\b)"
        r"|\b(?:accepter|refuser|accept|consent\w*|partenaires|partners)\b(?=.*\bcookies?\b)"
        r"|\b(?:traceurs|trackers)\b(?=.*\b(?:accepter|refuser|accept|reject|consent\w*)\b)",
        re.DOTALL,
    ),
    "sign-in": re.compile(
        r"\b(?:mot de passe|password|identifiez-vous|connectez-vous|se connecter|veuillez vous"
        r" (?:connecter|identifier)|(?:log|sign) ?in\b|authentification|reserve aux (?:abonnes|"
        r"membres|professionnels)|(?:members|subscribers) only|subscribe to (?:read|continue)|"
        r"abonnez-vous pour|creer un compte|create an account)"
    ),
}


@dataclass(frozen=True)
class PageDoubt:
    """Why a page may not be the one that is meant."""

    kind: DoubtKind
    sentence: Message

    def as_dict(self) -> dict[str, Any]:
        """The form of `evidence text load --json`."""
        return {"kind": self.kind, "message": str(self.sentence)}


def doubts(
    text: Text, page: str, drift: Drift, before: Drift | None = None
) -> tuple[PageDoubt, ...]:
    """What speaks against a page being that of a text; empty when nothing does.

    Args:
        text: the text as it stands.
        page: the plain text of the page.
        drift: what became of the claims on it.
        before: the same of the version before: what was missing there counts for nothing.
    """
    gone = {one.claim for one in before.claims if one.status == "missing"} if before else set()
    looked = [one for one in drift.claims if one.claim not in gone] or list(drift.claims)
    return tuple(_doubts(text, page, drift, looked))


def _doubts(text: Text, page: str, drift: Drift, looked: Sequence[Located]) -> Iterator[PageDoubt]:
    missing = sum(one.status == "missing" for one in looked)
    words = count_words(page)
    if words < _FEW:
        yield PageDoubt("empty", message("The page is all but empty: {count} words.", count=words))
    if looked and missing < MISSING_FROM * len(looked):
        return  # the claims are there: whatever else it says, it is the page
    if drift.language and drift.language != text.language and words >= _FEW:
        yield PageDoubt(
            "language",
            message(
                "This looks like a page in another language: it is written in '{language}', the "
                "text in '{expected}'.",
                language=drift.language,
                expected=text.language,
            ),
        )
    yield from _in_the_way(page, words)
    if looked:
        yield PageDoubt(
            "missing",
            message("{missing} of {all} claims are not on it.", missing=missing, all=len(looked)),
        )


def _in_the_way(page: str, words: int) -> Iterator[PageDoubt]:
    """What a page says that stands in the way of another one."""
    if words > _SHORT:
        return
    said = fold(page)
    if _SAYS["error"].search(said):
        yield PageDoubt("error", message("This looks like an error page."))
    if _SAYS["cookies"].search(said):
        yield PageDoubt("cookies", message("This looks like a banner that asks about cookies."))
    if _SAYS["sign-in"].search(said):
        yield PageDoubt("sign-in", message("This looks like a page that asks to sign in."))
