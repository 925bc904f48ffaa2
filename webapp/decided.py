"""What people decided about findings of verification and about pairs of records.

Read once a request, and only where something is there to be decided about.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from flask import g

from evidence.journal import JournalUnavailable
from evidence.services.doubles import decisions_of
from evidence.services.settled import Settlement
from evidence.services.settled import settlements as all_settlements
from references.matching import PairDecisions
from webapp import outage
from webapp.site import site


def settlements() -> Mapping[str, Settlement]:
    """The decisions about findings, by the name of the citation."""
    if "settlements" not in g:
        g.settlements = {}
        if site().assembler.has_journal:
            try:
                g.settlements = all_settlements(site().assembler.journal)
            except JournalUnavailable as fault:
                outage.degrade(fault)
    return cast(Mapping[str, Settlement], g.settlements)


def pair_decisions() -> PairDecisions:
    """The decisions about pairs of records."""
    if "pair_decisions" not in g:
        g.pair_decisions = PairDecisions()
        if site().assembler.has_journal:
            try:
                g.pair_decisions = PairDecisions(decisions_of(site().assembler.journal))
            except JournalUnavailable as fault:
                outage.degrade(fault)
    return cast(PairDecisions, g.pair_decisions)
