"""What the desk calls its reasons, events, stages and roles."""

from __future__ import annotations

from webapp.wording.words import names, wordings

REASONS = wordings("attention")
STAGES = wordings("stage")
PAGE_STATES = wordings("page-state")
LAPSES = names("lapse", in_sentence=True)
EVENTS = names("event", in_sentence=True)
ROLES = wordings("role")
CLAIM_FIELDS = names("claim-field")
RULES = names("rule")
