"""The words and marks of the pages: every verdict, certainty, stance and status has both.

A mark is the name of a symbol in `templates/_marks.svg`; it never stands without its word.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask_babel import lazy_gettext as _

from evidence.claim import Claim
from references.concepts import Vocabulary
from webapp.language import chosen_language, typeset
from webapp.site import site


@dataclass(frozen=True, slots=True)
class Word:
    """What a value is called, what it means in one plain sentence, and its mark."""

    name: Any  # lazy strings
    meaning: Any = ""
    mark: str = ""


VERDICTS = {
    "supported": Word(
        _("Supported"),
        _("Studies of the same thing, in comparable people, say so."),
        "supported",
    ),
    "partly-supported": Word(
        _("Partly supported"),
        _("Studies back a part of it, or back it only for other conditions or nerves."),
        "partly",
    ),
    "mixed": Word(_("Mixed"), _("Some studies say so, others say otherwise."), "mixed"),
    "contradicted": Word(
        _("Contradicted"), _("The best studies found say otherwise."), "contradicted"
    ),
    "no-evidence-found": Word(
        _("No evidence found"),
        _("Studies were looked for and none was found. That does not make it wrong."),
        "none",
    ),
    "not-checkable": Word(
        _("Not checkable"),
        _("It describes how the hospital works; no study could answer it."),
        "uncheckable",
    ),
}

#: What stands in place of a verdict where there is none.
UNASSESSED = Word(
    _("Not assessed yet"), _("Nobody has read this claim against the studies so far."), "unassessed"
)


def judged(claim: Claim) -> Word:
    """The verdict on a claim in words; of a drafted claim, that there is none yet."""
    return VERDICTS[claim.verdict] if claim.is_assessed else UNASSESSED


CERTAINTIES = {
    "high": Word(_("High certainty"), _("More research is very unlikely to change the answer.")),
    "moderate": Word(_("Moderate certainty"), _("More research may change the answer.")),
    "low": Word(_("Low certainty"), _("More research is likely to change the answer.")),
    "very-low": Word(_("Very low certainty"), _("The answer is little more than a guess.")),
    "none": Word(_("No certainty to grade"), _("There is no study whose certainty can be graded.")),
}
#: How many of the four bars are filled.
CERTAINTY_BARS = {"high": 4, "moderate": 3, "low": 2, "very-low": 1, "none": 0}

CERTAINTY_REASONS = {
    "risk-of-bias": Word(
        _("Risk of bias"),
        _("The studies were made in a way that can mislead: no control group, no blinding."),
    ),
    "inconsistency": Word(_("Inconsistency"), _("The studies do not agree with each other.")),
    "indirectness": Word(
        _("Indirectness"),
        _("The studies are about other people, nerves, treatments or outcomes than the claim."),
    ),
    "imprecision": Word(
        _("Imprecision"), _("There are few participants, so chance could explain the result.")
    ),
    "publication-bias": Word(
        _("Publication bias"), _("Studies with disappointing results may never have been printed.")
    ),
    "large-effect": Word(
        _("Large effect"), _("The effect is so large that bias alone is unlikely to explain it.")
    ),
    "dose-response": Word(_("Dose and response"), _("More of the treatment had more effect.")),
    "opposing-confounding": Word(
        _("Opposing confounding"),
        _("What could have misled the studies worked against the effect."),
    ),
    "no-studies": Word(_("No studies"), _("There is nothing to grade.")),
}

STANCES = {
    "supports": Word(_("supports"), _("The study says what the claim says."), "supports"),
    "qualifies": Word(
        _("qualifies"), _("The study says it with a limit that the claim leaves out."), "qualifies"
    ),
    "contradicts": Word(_("contradicts"), _("The study says otherwise."), "contradicts"),
    "background": Word(
        _("background"), _("The study helps to understand the claim without testing it."),
        "background",
    ),
}  # fmt: skip

SOURCE_STATUSES = {
    "verified": Word(
        _("Located as cited"), _("The work exists and is described correctly."), "supported"
    ),
    "partly-verified": Word(
        _("Located, partly checked"),
        _(
            "A record of it exists and nothing differs, "
            "but not all that is cited could be compared."
        ),
        "partly",
    ),
    "differs": Word(
        _("Located, differs"), _("The work exists; something in the citation is wrong."), "partly"
    ),
    "several-candidates": Word(
        _("Several candidates"), _("More than one work could be meant."), "mixed"
    ),
    "not-located": Word(
        _("Not located as cited"),
        _("It was looked for and not found. It may still exist: this is a lead, not a judgement."),
        "none",
    ),
    "retracted": Word(
        _("Retracted"), _("The journal has withdrawn the work."), "contradicted"
    ),
    "reinstated": Word(
        _("Reinstated"), _("The journal withdrew the work and has reinstated it since."), "partly"
    ),
    "corrected": Word(_("Corrected"), _("The journal has published a correction."), "partly"),
    "expression-of-concern": Word(
        _("Expression of concern"),
        _("The journal has published a warning about the work."),
        "mixed",
    ),
    "preprint-published-since": Word(
        _("Published since"), _("A preprint was cited; the article has appeared since."), "partly"
    ),
    "unchecked": Word(_("Not looked for yet"), _("Nobody has looked for it yet."), "uncheckable"),
}  # fmt: skip

REFERENCE_STATUSES = {
    "verified": Word(
        _("Verified"), _("Title, authors and year were seen in a source."), "supported"
    ),
    "partly-verified": Word(
        _("Partly verified"), _("The core was seen in a source; some details were not."), "partly"
    ),
    "incomplete": Word(
        _("Incomplete record"),
        _("A title, an author or a year was not seen in any source: "
          "this record cannot carry a verdict alone."),
        "none",
    ),
    "not-located": Word(
        _("Not located as cited"), _("It was looked for as cited and not found."), "none"
    ),
    "retracted": SOURCE_STATUSES["retracted"],
    "corrected": SOURCE_STATUSES["corrected"],
    "expression-of-concern": SOURCE_STATUSES["expression-of-concern"],
}  # fmt: skip

KINDS = {
    "definition": Word(_("Definition")),
    "mechanism": Word(_("Mechanism")),
    "indication": Word(_("Indication")),
    "procedure": Word(_("Procedure")),
    "preparation": Word(_("Preparation")),
    "efficacy": Word(_("Efficacy")),
    "durability": Word(_("Durability")),
    "safety": Word(_("Safety")),
    "organisation": Word(_("Organisation")),
}

#: The Oxford 2011 levels for the question whether a treatment helps (OCEBM), in our words.
LEVELS = {
    "level-1": Word(
        _("Level 1"), _("A systematic review of randomised trials. The best there is.")
    ),
    "level-2": Word(_("Level 2"), _("A randomised trial: chance decided who was treated.")),
    "level-3": Word(_("Level 3"), _("A comparison of groups that chance did not make.")),
    "level-4": Word(
        _("Level 4"), _("Treated people described, with no group or only an old one to compare.")
    ),
    "level-5": Word(
        _("Level 5"), _("Reasoning from how the body works: animals, laboratory, anatomy.")
    ),
    "level-0": Word(
        _("Not ranked"), _("Not a study with results of its own: opinions, protocols, guidelines.")
    ),
}

DIRECTNESS = {
    "population": Word(_("Population"), _("Were the people the same?")),
    "intervention": Word(_("Intervention"), _("Was the treatment the same?")),
    "comparator": Word(_("Comparator"), _("Was it compared with the same thing?")),
    "outcome": Word(_("Outcome"), _("Was the same result measured?")),
}
DIRECT = {
    "direct": Word(_("direct"), mark="direct"),
    "indirect": Word(_("indirect"), mark="indirect"),
}

DESIGNS = {
    "systematic-review": Word(
        _("Systematic review"),
        _("Gathers every study on a question by a method fixed beforehand."),
    ),
    "meta-analysis": Word(_("Meta-analysis"), _("Pools the figures of several studies into one.")),
    "guideline": Word(
        _("Guideline"), _("Recommendations by a professional body. Not ranked: it is not a study.")
    ),
    "rct": Word(
        _("Randomised trial"),
        _("Chance decides who gets the treatment, so the groups can be compared fairly."),
    ),
    "nonrandomised-trial": Word(
        _("Non-randomised trial"),
        _("Treatments are compared, but chance does not decide who gets which."),
    ),
    "cohort-prospective": Word(
        _("Prospective cohort"), _("A group of people is followed forward in time.")
    ),
    "cohort-retrospective": Word(
        _("Retrospective cohort"), _("A group of people is followed through past records.")
    ),
    "case-control": Word(
        _("Case-control study"), _("People with and without a problem are compared backwards.")
    ),
    "cross-sectional": Word(
        _("Cross-sectional study"), _("A group of people is looked at once, at one moment.")
    ),
    "case-series": Word(
        _("Case series"), _("Several treated people are described; nobody serves as comparison.")
    ),
    "case-report": Word(_("Case report"), _("One person, or very few, are described.")),
    "narrative-review": Word(
        _("Narrative review"), _("Experts summarise what they know. Not ranked: not systematic.")
    ),
    "animal": Word(_("Animal study"), _("Animals were studied, not people.")),
    "laboratory": Word(_("Laboratory study"), _("Cells, devices or models were studied.")),
    "cadaver": Word(_("Cadaver study"), _("Anatomy was studied on bodies of the deceased.")),
    "technical-note": Word(_("Technical note"), _("Describes how something is done.")),
    "protocol": Word(_("Protocol"), _("Announces a study; there are no results yet.")),
    "editorial": Word(_("Editorial or letter"), _("An opinion.")),
    "other": Word(_("Other publication"), _("A publication of another kind.")),
}

FACETS = {
    "indication": Word(_("Indication")),
    "population": Word(_("Population")),
    "nerve": Word(_("Nerve")),
    "intervention": Word(_("Intervention")),
    "guidance": Word(_("Guidance")),
    "outcome": Word(_("Outcome")),
    "anatomy": Word(_("Anatomy")),
    "design": Word(_("Design")),
    "year": Word(_("Year")),
    "language": Word(_("Language")),
    "stance": Word(_("Stance in a claim")),
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
