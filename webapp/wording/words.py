"""The words and marks of the pages: every verdict, certainty, stance and status has both.

A mark is the name of a symbol in `templates/_marks.svg`; it never stands without its word.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask_babel import lazy_gettext as _

from evidence.claims.claim import Claim
from evidence.wording import typeset
from references.concepts import Vocabulary
from webapp.site import site
from webapp.wording.language import chosen_language


@dataclass(frozen=True, slots=True)
class Wording:
    """What a value is called, what it means in one plain sentence, and its mark."""

    name: Any  # lazy strings
    meaning: Any = ""
    mark: str = ""


VERDICTS = {
    "supported": Wording(
        _("Supported"),
        _("Studies of the same thing, in comparable people, say so."),
        "supported",
    ),
    "partly-supported": Wording(
        _("Partly supported"),
        _("Studies back a part of it, or back it only for other conditions or nerves."),
        "partly",
    ),
    "mixed": Wording(_("Mixed"), _("Some studies say so, others say otherwise."), "mixed"),
    "contradicted": Wording(
        _("Contradicted"), _("The best studies found say otherwise."), "contradicted"
    ),
    "no-evidence-found": Wording(
        _("No evidence found"),
        _("Studies were looked for and none was found. That does not make it wrong."),
        "none",
    ),
    "not-checkable": Wording(
        _("Not checkable"),
        _("It describes how the hospital works; no study could answer it."),
        "uncheckable",
    ),
}

#: What stands in place of a verdict where there is none.
UNASSESSED = Wording(
    _("Not assessed yet"), _("Nobody has read this claim against the studies so far."), "unassessed"
)


def judged(claim: Claim) -> Wording:
    """The verdict on a claim in words; of a drafted claim, that there is none yet."""
    return VERDICTS[claim.verdict] if claim.is_assessed else UNASSESSED


CERTAINTIES = {
    "high": Wording(_("High certainty"), _("More research is very unlikely to change the answer.")),
    "moderate": Wording(_("Moderate certainty"), _("More research may change the answer.")),
    "low": Wording(_("Low certainty"), _("More research is likely to change the answer.")),
    "very-low": Wording(_("Very low certainty"), _("The answer is little more than a guess.")),
    "none": Wording(
        _("No certainty to grade"), _("There is no study whose certainty can be graded.")
    ),
}
#: How many of the four bars are filled.
CERTAINTY_BARS = {"high": 4, "moderate": 3, "low": 2, "very-low": 1, "none": 0}

CERTAINTY_REASONS = {
    "risk-of-bias": Wording(
        _("Risk of bias"),
        _("The studies were made in a way that can mislead: no control group, no blinding."),
    ),
    "inconsistency": Wording(_("Inconsistency"), _("The studies do not agree with each other.")),
    "indirectness": Wording(
        _("Indirectness"),
        _("The studies are about other people, nerves, treatments or outcomes than the claim."),
    ),
    "imprecision": Wording(
        _("Imprecision"), _("There are few participants, so chance could explain the result.")
    ),
    "publication-bias": Wording(
        _("Publication bias"), _("Studies with disappointing results may never have been printed.")
    ),
    "large-effect": Wording(
        _("Large effect"), _("The effect is so large that bias alone is unlikely to explain it.")
    ),
    "dose-response": Wording(_("Dose and response"), _("More of the treatment had more effect.")),
    "opposing-confounding": Wording(
        _("Opposing confounding"),
        _("What could have misled the studies worked against the effect."),
    ),
    "no-studies": Wording(_("No studies"), _("There is nothing to grade.")),
}

STANCES = {
    "supports": Wording(_("supports"), _("The study says what the claim says."), "supports"),
    "qualifies": Wording(
        _("qualifies"), _("The study says it with a limit that the claim leaves out."), "qualifies"
    ),
    "contradicts": Wording(_("contradicts"), _("The study says otherwise."), "contradicts"),
    "background": Wording(
        _("background"),
        _("The study helps to understand the claim without testing it."),
        "background",
    ),
}

SOURCE_STATUSES = {
    "verified": Wording(
        _("Located as cited"), _("The work exists and is described correctly."), "supported"
    ),
    "partly-verified": Wording(
        _("Located, partly checked"),
        _(
            "A record of it exists and nothing differs, "
            "but not all that is cited could be compared."
        ),
        "partly",
    ),
    "differs": Wording(
        _("Located, differs"), _("The work exists; something in the citation is wrong."), "partly"
    ),
    "several-candidates": Wording(
        _("Several candidates"), _("More than one work could be meant."), "mixed"
    ),
    "not-located": Wording(
        _("Not located as cited"),
        _("It was looked for and not found. It may still exist: this is a lead, not a judgement."),
        "none",
    ),
    "retracted": Wording(_("Retracted"), _("The journal has withdrawn the work."), "contradicted"),
    "reinstated": Wording(
        _("Reinstated"), _("The journal withdrew the work and has reinstated it since."), "partly"
    ),
    "corrected": Wording(_("Corrected"), _("The journal has published a correction."), "partly"),
    "expression-of-concern": Wording(
        _("Expression of concern"),
        _("The journal has published a warning about the work."),
        "mixed",
    ),
    "preprint-published-since": Wording(
        _("Published since"), _("A preprint was cited; the article has appeared since."), "partly"
    ),
    "unchecked": Wording(
        _("Not looked for yet"), _("Nobody has looked for it yet."), "uncheckable"
    ),
}

REFERENCE_STATUSES = {
    "verified": Wording(
        _("Verified"), _("Title, authors and year were seen in a source."), "supported"
    ),
    "partly-verified": Wording(
        _("Partly verified"), _("The core was seen in a source; some details were not."), "partly"
    ),
    "incomplete": Wording(
        _("Incomplete record"),
        _(
            "A title, an author or a year was not seen in any source: "
            "this record cannot carry a verdict alone."
        ),
        "none",
    ),
    "not-located": Wording(
        _("Not located as cited"), _("It was looked for as cited and not found."), "none"
    ),
    "retracted": SOURCE_STATUSES["retracted"],
    "corrected": SOURCE_STATUSES["corrected"],
    "expression-of-concern": SOURCE_STATUSES["expression-of-concern"],
}

KINDS = {
    "definition": Wording(_("Definition")),
    "mechanism": Wording(_("Mechanism")),
    "indication": Wording(_("Indication")),
    "procedure": Wording(_("Procedure")),
    "preparation": Wording(_("Preparation")),
    "efficacy": Wording(_("Efficacy")),
    "durability": Wording(_("Durability")),
    "safety": Wording(_("Safety")),
    "organisation": Wording(_("Organisation")),
}

#: The Oxford 2011 levels for the question whether a treatment helps (OCEBM), in our words.
LEVELS = {
    "level-1": Wording(
        _("Level 1"), _("A systematic review of randomised trials. The best there is.")
    ),
    "level-2": Wording(_("Level 2"), _("A randomised trial: chance decided who was treated.")),
    "level-3": Wording(_("Level 3"), _("A comparison of groups that chance did not make.")),
    "level-4": Wording(
        _("Level 4"), _("Treated people described, with no group or only an old one to compare.")
    ),
    "level-5": Wording(
        _("Level 5"), _("Reasoning from how the body works: animals, laboratory, anatomy.")
    ),
    "level-0": Wording(
        _("Not ranked"), _("Not a study with results of its own: opinions, protocols, guidelines.")
    ),
}

DIRECTNESS = {
    "population": Wording(_("Population"), _("Were the people the same?")),
    "intervention": Wording(_("Intervention"), _("Was the treatment the same?")),
    "comparator": Wording(_("Comparator"), _("Was it compared with the same thing?")),
    "outcome": Wording(_("Outcome"), _("Was the same result measured?")),
}
DIRECT = {
    "direct": Wording(_("direct"), mark="direct"),
    "indirect": Wording(_("indirect"), mark="indirect"),
}

DESIGNS = {
    "systematic-review": Wording(
        _("Systematic review"),
        _("Gathers every study on a question by a method fixed beforehand."),
    ),
    "meta-analysis": Wording(
        _("Meta-analysis"), _("Pools the figures of several studies into one.")
    ),
    "guideline": Wording(
        _("Guideline"), _("Recommendations by a professional body. Not ranked: it is not a study.")
    ),
    "rct": Wording(
        _("Randomised trial"),
        _("Chance decides who gets the treatment, so the groups can be compared fairly."),
    ),
    "nonrandomised-trial": Wording(
        _("Non-randomised trial"),
        _("Treatments are compared, but chance does not decide who gets which."),
    ),
    "cohort-prospective": Wording(
        _("Prospective cohort"), _("A group of people is followed forward in time.")
    ),
    "cohort-retrospective": Wording(
        _("Retrospective cohort"), _("A group of people is followed through past records.")
    ),
    "case-control": Wording(
        _("Case-control study"), _("People with and without a problem are compared backwards.")
    ),
    "cross-sectional": Wording(
        _("Cross-sectional study"), _("A group of people is looked at once, at one moment.")
    ),
    "case-series": Wording(
        _("Case series"), _("Several treated people are described; nobody serves as comparison.")
    ),
    "case-report": Wording(_("Case report"), _("One person, or very few, are described.")),
    "narrative-review": Wording(
        _("Narrative review"), _("Experts summarise what they know. Not ranked: not systematic.")
    ),
    "animal": Wording(_("Animal study"), _("Animals were studied, not people.")),
    "laboratory": Wording(_("Laboratory study"), _("Cells, devices or models were studied.")),
    "cadaver": Wording(_("Cadaver study"), _("Anatomy was studied on bodies of the deceased.")),
    "technical-note": Wording(_("Technical note"), _("Describes how something is done.")),
    "protocol": Wording(_("Protocol"), _("Announces a study; there are no results yet.")),
    "editorial": Wording(_("Editorial or letter"), _("An opinion.")),
    "other": Wording(_("Other publication"), _("A publication of another kind.")),
}

FACETS = {
    "indication": Wording(_("Indication")),
    "population": Wording(_("Population")),
    "nerve": Wording(_("Nerve")),
    "intervention": Wording(_("Intervention")),
    "guidance": Wording(_("Guidance")),
    "outcome": Wording(_("Outcome")),
    "anatomy": Wording(_("Anatomy")),
    "design": Wording(_("Design")),
    "year": Wording(_("Year")),
    "language": Wording(_("Language")),
    "stance": Wording(_("Stance in a claim")),
}
FACETS_PLURAL = {
    "indication": _("Indications"),
    "population": _("Populations"),
    "nerve": _("Nerves"),
    "intervention": _("Interventions"),
    "guidance": _("Guidance"),
    "outcome": _("Outcomes"),
    "anatomy": _("Anatomy"),
    "design": _("Designs"),
}
LANGUAGE_NAMES = {
    "fr": _("French"),
    "en": _("English"),
    "de": _("German"),
    "es": _("Spanish"),
    "it": _("Italian"),
    "pt": _("Portuguese"),
    "nl": _("Dutch"),
    "ru": _("Russian"),
    "tr": _("Turkish"),
    "zh": _("Chinese"),
    "ja": _("Japanese"),
    "ko": _("Korean"),
}
FIELDS = {
    "title": _("title"),
    "authors": _("authors"),
    "year": _("year"),
    "journal": _("journal"),
    "volume": _("volume"),
    "number": _("number"),
    "pages": _("pages"),
    "doi": _("DOI"),
    "pmid": _("PMID"),
    "pmcid": _("PMCID"),
    "publisher": _("publisher"),
    "language": _("language"),
    "url": _("address"),
    "participants": _("participants"),
    "design": _("design"),
    "n": _("participants"),
    "nerves": _("nerves"),
    "guidance": _("guidance"),
    "findings": _("findings"),
    "booktitle": _("book"),
    "subtitle": _("subtitle"),
    "status": _("status"),
}


def concept_label(concept_id: str) -> str:
    """A concept in the language of the page, or its id."""
    language = chosen_language()
    return typeset(_vocabulary().label(concept_id, language), language)


def facet_label(facet: str, value: str) -> str:
    """A value of a search facet in the language of the page."""
    if facet == "language":
        return str(LANGUAGE_NAMES.get(value, value))
    if facet == "stance":
        return str(STANCES[value].name) if value in STANCES else value
    if facet == "design" and value in DESIGNS:
        return str(DESIGNS[value].name)
    return concept_label(value)


def _vocabulary() -> Vocabulary:
    return site().kb.vocabulary


def install(app: Flask) -> None:
    """Give the templates the words."""
    app.jinja_env.globals.update(
        VERDICTS=VERDICTS,
        judged=judged,
        CERTAINTIES=CERTAINTIES,
        CERTAINTY_BARS=CERTAINTY_BARS,
        CERTAINTY_REASONS=CERTAINTY_REASONS,
        STANCES=STANCES,
        SOURCE_STATUSES=SOURCE_STATUSES,
        REFERENCE_STATUSES=REFERENCE_STATUSES,
        KINDS=KINDS,
        DIRECTNESS=DIRECTNESS,
        LEVELS=LEVELS,
        DIRECT=DIRECT,
        DESIGNS=DESIGNS,
        FACETS=FACETS,
        FACETS_PLURAL=FACETS_PLURAL,
        LANGUAGE_NAMES=LANGUAGE_NAMES,
        FIELDS=FIELDS,
        concept_label=concept_label,
        facet_label=facet_label,
    )
