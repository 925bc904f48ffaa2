"""People: the same person, the same list of authors.

Names are compared as catalogues and citations print them: with initials or given names, with
or without particles, with the umlaut of Müller or without.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from references.errors import Message, message
from references.normalise import comparable_words, fold, joined_words
from references.record import Author, Reference

_SUFFIX = re.compile(r"[ ,]+(?:jr|sr|2nd|3rd|ii|iii|iv)\.?$", re.I)


@functools.lru_cache(maxsize=16_384)
def _family_forms(author: Author) -> frozenset[str]:
    """The forms of a family name: with particle and without, its two halves, without umlauts."""
    name = author.family or author.literal
    name = _SUFFIX.sub("", name) or name
    plain = "".join(re.findall(r"[^\W_]+", fold(f"{author.particle} {name}")))
    forms = {joined_words(name), joined_words(f"{author.particle} {name}"), plain}
    forms.add(re.sub(r"(?<=[aou])e", "", plain))  # Mueller, Muller (Müller)
    parts = [part for part in re.split(r"[-‐‑ ]", name) if len(part) > 3]
    if len(parts) > 1:
        forms |= {joined_words(parts[0]), joined_words(parts[-1])}  # García-López, García
    return frozenset(forms - {""})


def _given_agree(one: str, other: str) -> bool:
    """True when two given names can be one: initials, a second name in use, a slip."""
    first, second = (
        [part for part in re.split(r"[\s.‐‑-]+", fold(given)) if part] for given in (one, other)
    )
    if not first or not second:
        return True
    a, b = first[0], second[0]
    if a[0] != b[0]:
        # "Wei-Li" and "W L", or the second name is the one in use ("J. David", "David")
        return any(len(part) > 2 and part in second for part in first)
    if len(a) <= 3 and a.isalpha() and one.replace(".", "").isupper():
        return True
    if len(a) > 1 and len(b) > 1 and not (a.startswith(b) or b.startswith(a)):
        return Levenshtein.normalized_similarity(a, b) >= 0.75
    return True


def same_author(one: Author, other: Author) -> bool:
    """True when two names can be the same person: family name and first initial agree."""
    if _family_forms(one) & _family_forms(other) and _given_agree(one.given, other.given):
        return True
    if one.family and other.family and one.given and other.given:
        # family and given name exchanged, as often with Asian names
        turned_round = joined_words(other.given), joined_words(other.family)
        if (joined_words(one.family), joined_words(one.given)) == turned_round:
            return True
        # "Martin AB" without a comma, which BibTeX reads as given name and family
        for name, person in ((one, other), (other, one)):
            if re.fullmatch(r"[A-Z]{1,4}", name.family) and " " not in name.given:
                turned = Author(family=name.given, given=" ".join(name.family))
                return bool(_family_forms(turned) & _family_forms(person)) and _given_agree(
                    turned.given, person.given
                )
    return False


def family_key(author: Author) -> str:
    """The family name in one word; "" for what can only be an initial."""
    name = joined_words(author.family or author.literal)
    return name if len(name) > 1 or not name.isascii() else ""


def shares_first_author(one: Reference, other: Reference) -> bool | None:
    """Whether the first authors agree; None when one side names nobody."""
    if not one.authors or not other.authors:
        return None
    return same_author(one.authors[0], other.authors[0])


def shares_authors(ours: Sequence[Author], theirs: Sequence[Author]) -> bool:
    """True when the first authors agree or half of the shorter list stands in the longer.

    For two records that databases made of one list; a family name that was not cut in two
    ("Golde T. E.") agrees with the name it holds.
    """
    first, second = ours[0], theirs[0]
    if first == second or same_author(first, second):
        return True
    short, long = sorted((family_key(first), family_key(second)), key=len)
    if len(short) > 3 and short in long:
        return True
    shorter, longer = sorted((ours[:30], theirs[:30]), key=len)
    shared = sum(any(same_author(one, other) for other in longer) for one in shorter[:8])
    return 2 * shared >= min(len(shorter), 8)


# ---- whole lists ------------------------------------------------------------------------


def authors_difference(cited: Reference, work: Reference) -> Message | None:
    """What sets two author lists apart, in a few words, or None when nothing does.

    Every cited name must stand at its place; without "et al." none may be missing. Groups
    are left out where only one side names them.
    """
    ours, theirs = list(cited.authors), list(work.authors)
    if not ours or not theirs:
        return None
    if any(author.literal for author in (*ours, *theirs)):
        people = [[a for a in names if not a.literal] for names in (ours, theirs)]
        if all(people):
            ours, theirs = people
        elif not any(people):
            return None if _is_one_group(ours[0], theirs[0]) else message("another group")
        elif theirs[0].literal and not ours[0].literal:
            return message("a group is named as the author")
    wrong = [
        place
        for place, author in enumerate(ours)
        if place >= len(theirs) or not same_author(author, theirs[place])
    ]
    is_cut = cited.more_authors or work.more_authors
    if not wrong:
        missing = len(theirs) - len(ours)
        if missing <= 0 or is_cut:
            return None
        return message("{missing} of {all} authors are missing", missing=missing, all=len(theirs))
    strangers = [a.short for a in ours if not any(same_author(a, other) for other in theirs)]
    if not strangers:
        return _misplaced(len(ours), len(theirs), cited.more_authors)
    if work.more_authors and all(place >= len(theirs) for place in wrong):
        return None
    return message("not authors of the work: {names}", names=tuple(strangers[:5]))


def _is_one_group(one: Author, other: Author) -> bool:
    names = (" ".join(comparable_words(group.literal)) for group in (one, other))
    return fuzz.token_set_ratio(*names) >= 90


def _misplaced(ours: int, theirs: int, more_authors: bool) -> Message:
    """What is wrong with a list of authors who all are authors of the work."""
    if ours > theirs:
        return message("more authors than the work has")
    if theirs > ours or more_authors:
        return message("authors are missing or in another order")
    return message("another order")
