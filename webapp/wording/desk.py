"""What the desk calls its reasons, events, stages and roles."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from webapp.wording.words import Wording

REASONS = {
    "conflict": Wording(
        _("Two decisions"), _("Somebody decided against a state that had changed."), "mixed"
    ),
    "retracted": Wording(
        _("Retracted reference"), _("A linked reference was withdrawn."), "contradicted"
    ),
    "contradicted": Wording(
        _("Contradicted"), _("The best studies found say otherwise."), "contradicted"
    ),
    "page-missing": Wording(
        _("Gone from the page"), _("The passage is no longer on the page."), "contradicted"
    ),
    "page-changed": Wording(
        _("Page changed"), _("The passage reads otherwise than before."), "partly"
    ),
    "lapsed": Wording(_("Signature lapsed"), _("Something it stands on has changed."), "partly"),
    "to-assess": Wording(_("To be assessed"), _("Nobody has decided on it yet."), "none"),
    "unsupported": Wording(_("Unsupported"), _("No linked study supports it."), "none"),
    "new-evidence": Wording(
        _("New evidence"), _("Records found since it was signed may bear on it."), "mixed"
    ),
    "comment": Wording(_("Comment waiting"), _("A comment is not resolved."), "uncheckable"),
}

STAGES = {
    "open": Wording(_("Not reviewed"), mark="none"),
    "reviewed": Wording(_("Reviewed"), mark="partly"),
    "signed": Wording(_("Signed"), mark="supported"),
}

PAGE_STATES = {
    "found": Wording(_("On the page as before"), mark="supported"),
    "moved": Wording(_("Moved on the page"), mark="supported"),
    "changed": Wording(_("Changed on the page"), mark="partly"),
    "missing": Wording(_("Missing from the page"), mark="contradicted"),
}

LAPSES = {
    "claim-changed": _("the claim or its links have changed"),
    "reference-changed": _("the record of a linked reference has changed"),
    "reference-retracted": _("a linked reference was retracted"),
    "page-changed": _("the page has changed"),
    "expired": _("the signature is too old"),
}

EVENTS: dict[str, Any] = {
    "review": _("decided"),
    "link-added": _("linked a reference"),
    "link-removed": _("removed a link"),
    "claim-added": _("added the claim"),
    "claim-removed": _("removed the claim"),
    "comment": _("commented"),
    "comment-resolved": _("resolved a comment"),
    "assignment": _("assigned"),
    "sign-off": _("signed"),
    "source-checked": _("checked a source"),
    "applied": _("wrote the register"),
}

ROLES = {
    "reader": Wording(_("Reader"), _("Sees the desk, changes nothing.")),
    "editor": Wording(_("Editor"), _("Brings texts, links, decides, comments, reports.")),
    "approver": Wording(_("Approver"), _("Also signs, removes claims and resolves comments.")),
    "administrator": Wording(_("Administrator"), _("Also keeps the accounts.")),
}

CLAIM_FIELDS = {
    "verdict": _("Verdict"),
    "certainty": _("Certainty"),
    "certainty_reasons": _("Why this certainty"),
    "statement": _("Statement"),
    "rationale": _("What the literature says"),
    "caveats": _("What the text should have said"),
    "kind": _("Kind of claim"),
    "section": _("Section"),
    "anchor": _("Passage"),
    "concepts": _("Concepts"),
    "population": _("Population"),
    "intervention": _("Intervention"),
    "comparator": _("Comparator"),
    "outcome": _("Outcome"),
    "links": _("References"),
}

RULES = {
    "evidence": _("What counts"),
    "start": _("Where certainty begins"),
    "risk-of-bias": _("Risk of bias"),
    "inconsistency": _("Inconsistency"),
    "indirectness": _("Indirectness"),
    "imprecision": _("Imprecision"),
    "publication-bias": _("Publication bias"),
    "large-effect": _("Large effect"),
    "verdict": _("Verdict"),
}
