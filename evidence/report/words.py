"""Every word of a report, in French and in English."""

from __future__ import annotations

import re
from datetime import date

from babel.dates import format_date

from references.record import DESIGNS

Words = dict[str, str]

VERDICTS: dict[str, Words] = {
    "supported": {"fr": "Étayée", "en": "Supported"},
    "partly-supported": {"fr": "Étayée en partie", "en": "Partly supported"},
    "mixed": {"fr": "Résultats partagés", "en": "Mixed"},
    "contradicted": {"fr": "Contredite", "en": "Contradicted"},
    "no-evidence-found": {"fr": "Aucune preuve trouvée", "en": "No evidence found"},
    "not-checkable": {"fr": "Non vérifiable", "en": "Not checkable"},
}
VERDICT_MEANINGS: dict[str, Words] = {
    "supported": {
        "fr": "des études du même sujet, chez des personnes comparables, le disent",
        "en": "studies of the same thing, in comparable people, say so",
    },
    "partly-supported": {
        "fr": "des études en étayent une partie, ou seulement pour d’autres maladies ou nerfs",
        "en": "studies back a part of it, or only for other conditions or nerves",
    },
    "mixed": {
        "fr": "certaines études le disent, d’autres disent autre chose",
        "en": "some studies say so, others say otherwise",
    },
    "contradicted": {
        "fr": "les meilleures études trouvées disent autre chose",
        "en": "the best studies found say otherwise",
    },
    "no-evidence-found": {
        "fr": "aucune étude n’a été trouvée ; ce n’est pas faux pour autant",
        "en": "studies were looked for and none was found, which does not make it wrong",
    },
    "not-checkable": {
        "fr": "décrit l’organisation d’un lieu ; aucune étude n’y répondrait",
        "en": "describes how a place works; no study could answer it",
    },
}
CERTAINTIES: dict[str, Words] = {
    "high": {"fr": "certitude élevée", "en": "high certainty"},
    "moderate": {"fr": "certitude modérée", "en": "moderate certainty"},
    "low": {"fr": "certitude faible", "en": "low certainty"},
    "very-low": {"fr": "certitude très faible", "en": "very low certainty"},
    "none": {"fr": "aucune certitude à évaluer", "en": "no certainty to grade"},
}
REASONS: dict[str, Words] = {
    "risk-of-bias": {"fr": "risque de biais", "en": "risk of bias"},
    "inconsistency": {"fr": "discordance", "en": "inconsistency"},
    "indirectness": {"fr": "caractère indirect", "en": "indirectness"},
    "imprecision": {"fr": "imprécision", "en": "imprecision"},
    "publication-bias": {"fr": "biais de publication", "en": "publication bias"},
    "large-effect": {"fr": "effet important", "en": "large effect"},
    "dose-response": {"fr": "relation dose-effet", "en": "dose and response"},
    "opposing-confounding": {
        "fr": "facteurs de confusion contraires",
        "en": "opposing confounding",
    },
    "no-studies": {"fr": "aucune étude", "en": "no studies"},
}
STANCES: dict[str, Words] = {
    "supports": {"fr": "appuie", "en": "supports"},
    "qualifies": {"fr": "nuance", "en": "qualifies"},
    "contradicts": {"fr": "contredit", "en": "contradicts"},
    "background": {"fr": "contexte", "en": "background"},
}
SOURCES: dict[str, Words] = {
    "verified": {"fr": "Retrouvée telle que citée", "en": "Located as cited"},
    "partly-verified": {"fr": "Retrouvée, vérifiée en partie", "en": "Located, partly checked"},
    "differs": {"fr": "Retrouvée, mais différente", "en": "Located, differs"},
    "several-candidates": {"fr": "Plusieurs candidates", "en": "Several candidates"},
    "not-located": {"fr": "Non retrouvée telle que citée", "en": "Not located as cited"},
    "retracted": {"fr": "Rétractée", "en": "Retracted"},
    "reinstated": {"fr": "Rétractée, puis rétablie", "en": "Retracted, then reinstated"},
    "corrected": {"fr": "Corrigée", "en": "Corrected"},
    "expression-of-concern": {"fr": "Mise en garde", "en": "Expression of concern"},
    "preprint-published-since": {"fr": "Publiée depuis", "en": "Published since"},
    "unchecked": {"fr": "Pas encore recherchée", "en": "Not looked for yet"},
}
#: What is said beside a reference; a verified one needs no remark.
REFERENCES: dict[str, Words] = {
    "retracted": {"fr": "rétractée", "en": "retracted"},
    "corrected": {"fr": "corrigée", "en": "corrected"},
    "expression-of-concern": {"fr": "mise en garde de l’éditeur", "en": "expression of concern"},
    "not-located": {"fr": "non retrouvée telle que citée", "en": "not located as cited"},
    "incomplete": {
        "fr": "notice incomplète : titre, auteur ou année non vus dans une source",
        "en": "incomplete record: title, author or year not seen in a source",
    },
    "partly-verified": {"fr": "vérifiée en partie", "en": "partly verified"},
}
PAGE: dict[str, Words] = {
    "found": {"fr": "passage retrouvé", "en": "passage found"},
    "moved": {"fr": "passage déplacé", "en": "passage moved"},
    "changed": {"fr": "passage modifié depuis", "en": "passage changed since"},
    "missing": {"fr": "passage disparu", "en": "passage gone"},
}
LAPSES: dict[str, Words] = {
    "claim-changed": {"fr": "l’affirmation ou ses liens ont changé", "en": "the claim changed"},
    "reference-changed": {"fr": "une référence a changé", "en": "a reference changed"},
    "reference-retracted": {
        "fr": "une référence a été rétractée",
        "en": "a reference was retracted",
    },
    "page-changed": {"fr": "la page a changé", "en": "the page changed"},
    "expired": {"fr": "la signature est trop ancienne", "en": "the signature is too old"},
}
DESIGN: dict[str, Words] = {
    "systematic-review": {"fr": "revue systématique", "en": "systematic review"},
    "meta-analysis": {"fr": "méta-analyse", "en": "meta-analysis"},
    "guideline": {"fr": "recommandation", "en": "guideline"},
    "rct": {"fr": "essai randomisé", "en": "randomised trial"},
    "nonrandomised-trial": {"fr": "essai non randomisé", "en": "non-randomised trial"},
    "cohort-prospective": {"fr": "cohorte prospective", "en": "prospective cohort"},
    "cohort-retrospective": {"fr": "cohorte rétrospective", "en": "retrospective cohort"},
    "case-control": {"fr": "étude cas-témoins", "en": "case-control study"},
    "cross-sectional": {"fr": "étude transversale", "en": "cross-sectional study"},
    "case-series": {"fr": "série de cas", "en": "case series"},
    "case-report": {"fr": "cas isolé", "en": "case report"},
    "narrative-review": {"fr": "revue narrative", "en": "narrative review"},
    "animal": {"fr": "étude chez l’animal", "en": "animal study"},
    "laboratory": {"fr": "étude de laboratoire", "en": "laboratory study"},
    "cadaver": {"fr": "étude anatomique", "en": "cadaver study"},
    "technical-note": {"fr": "note technique", "en": "technical note"},
    "protocol": {"fr": "protocole", "en": "protocol"},
    "editorial": {"fr": "éditorial", "en": "editorial"},
    "other": {"fr": "autre", "en": "other"},
}
assert set(DESIGN) == set(DESIGNS)  # noqa: S101 - a design without a word is a mistake of ours

LABELS: dict[str, Words] = {
    "kicker": {"fr": "Rapport de vérification", "en": "Evidence report"},
    "publisher": {"fr": "Éditeur de la page", "en": "Publisher of the page"},
    "address": {"fr": "Adresse", "en": "Address"},
    "published": {"fr": "Publiée le", "en": "Published on"},
    "retrieved": {"fr": "Consultée le", "en": "Retrieved on"},
    "text_language": {"fr": "Langue de la page", "en": "Language of the page"},
    "made": {"fr": "Rapport établi le", "en": "Report made on"},
    "original": {"fr": "Page comparée", "en": "Page compared"},
    "not_loaded": {
        "fr": "non chargée : l’état des passages n’a pas été vérifié",
        "en": "not loaded: the state of the passages was not checked",
    },
    "summary": {"fr": "En bref", "en": "In short"},
    "claims_one": {"fr": "affirmation", "en": "claim"},
    "claims": {"fr": "affirmations", "en": "claims"},
    "signed_count_one": {"fr": "signée", "en": "signed"},
    "signed_count": {"fr": "signées", "en": "signed"},
    "unassessed": {"fr": "Pas encore évaluée", "en": "Not assessed yet"},
    "unassessed_count_one": {"fr": "pas encore évaluée", "en": "not assessed yet"},
    "unassessed_count": {"fr": "pas encore évaluées", "en": "not assessed yet"},
    "first": {"fr": "À revoir en premier", "en": "To look at first"},
    "method": {"fr": "Méthode", "en": "Method"},
    "table": {"fr": "Les affirmations, dans l’ordre de la page", "en": "The claims, in page order"},
    "col_claim": {"fr": "Ce que dit la page", "en": "What the page says"},
    "col_verdict": {"fr": "Verdict et certitude", "en": "Verdict and certainty"},
    "col_evidence": {"fr": "Ce que disent les études", "en": "What the studies say"},
    "col_caveat": {"fr": "Ce qu’il faudrait écrire", "en": "What it should say"},
    "sources": {"fr": "Les sources imprimées sur la page", "en": "The sources printed on the page"},
    "no_sources": {"fr": "La page n’imprime aucune source.", "en": "The page prints no source."},
    "located": {"fr": "Œuvre retrouvée", "en": "Work located"},
    "nearest": {"fr": "Œuvres les plus proches", "en": "Nearest works"},
    "looked": {"fr": "Recherchée", "en": "Looked for"},
    "references": {"fr": "Références", "en": "References"},
    "no_references": {"fr": "Aucune référence n’est liée.", "en": "No reference is linked."},
    "level": {"fr": "niveau", "en": "level"},
    "participants": {"fr": "participants", "en": "participants"},
    "participant": {"fr": "participant", "en": "participant"},
    "reviewers": {"fr": "Relecture et signatures", "en": "Review and signatures"},
    "no_reviewers": {
        "fr": "Aucune affirmation n’est encore signée : ce rapport est un document de travail.",
        "en": "No claim is signed yet: this report is a working document.",
    },
    "signed_by": {"fr": "Signée par", "en": "Signed by"},
    "person": {"fr": "Personne", "en": "Person"},
    "dates": {"fr": "Dates", "en": "Dates"},
    "signed_claims": {"fr": "Affirmations signées", "en": "Claims signed"},
    "lapsed": {"fr": "Signatures caduques", "en": "Signatures lapsed"},
    "lapsed_one": {"fr": "signature caduque", "en": "signature lapsed"},
    "unsigned": {"fr": "non signée", "en": "not signed"},
    "versions": {"fr": "Empreintes des versions", "en": "Version hashes"},
    "versions_note": {
        "fr": "Deux rapports qui portent les mêmes empreintes disent la même chose.",
        "en": "Two reports that carry the same hashes say the same.",
    },
    "hash_text": {"fr": "Registre et décisions", "en": "Register and decisions"},
    "hash_base": {"fr": "Base de connaissances", "en": "Knowledge base"},
    "hash_page": {"fr": "Page", "en": "Page"},
    "hash_journal": {"fr": "Journal", "en": "Journal"},
    "program": {"fr": "Programme", "en": "Program"},
    "page_of": {"fr": "page", "en": "page"},
    "of": {"fr": "sur", "en": "of"},
    "state": {"fr": "État du passage", "en": "State of the passage"},
    "none": {"fr": "Rien.", "en": "Nothing."},
    "first_none": {
        "fr": "Rien ne demande de correction urgente.",
        "en": "Nothing asks for urgent correction.",
    },
}
LANGUAGE_NAMES = {
    "fr": {"fr": "français", "en": "French"},
    "en": {"fr": "anglais", "en": "English"},
}

#: Why a claim stands in "to look at first", most urgent first.
ATTENTION: dict[str, Words] = {
    "retracted": {"fr": "S’appuie sur une œuvre rétractée", "en": "Rests on a retracted work"},
    "contradicted": {"fr": "Contredites", "en": "Contradicted"},
    "page-changed": {
        "fr": "Le passage a changé depuis la lecture",
        "en": "The passage changed since it was read",
    },
    "lapsed": {"fr": "Signature caduque", "en": "Signature lapsed"},
    "no-evidence-found": {"fr": "Sans aucune preuve trouvée", "en": "Without any evidence found"},
    "mixed": {"fr": "Résultats partagés", "en": "Mixed"},
    "source": {
        "fr": "Sources non retrouvées telles que citées",
        "en": "Sources not located as cited",
    },
    "unassessed": {"fr": "Pas encore évaluées", "en": "Not assessed yet"},
    "unsought": {"fr": "Sources pas encore recherchées", "en": "Sources not looked for yet"},
}

METHOD: dict[str, tuple[str, ...]] = {
    "fr": (
        "Chaque affirmation vérifiable de la page a été repérée par quelques mots de son passage, "
        "puis reformulée. Ce qui l’appuie, la nuance ou la contredit a été cherché dans la "
        "bibliothèque (références : {references} ; liées à cette page : {linked}). Chaque "
        "lien dit si l’étude porte directement sur la même population, le même geste, le même "
        "comparateur et le même critère.",
        "Le niveau d’une étude suit la table d’Oxford (OCEBM 2011), selon son plan. La certitude "
        "appartient à l’affirmation et non à une étude : elle part du plan des meilleures études, "
        "baisse pour le risque de biais, la discordance, le caractère indirect, l’imprécision et "
        "le biais de publication, et monte pour un effet important, selon les domaines de GRADE. "
        "Un programme propose, une personne décide ; ce n’est pas une évaluation GRADE complète.",
        "« Aucune preuve trouvée » veut dire que rien n’a été trouvé dans cette bibliothèque, non "
        "que l’affirmation est fausse. « Non retrouvée telle que citée » est un résultat de "
        "recherche, non un reproche. Notices incomplètes parmi les références liées : "
        "{incomplete} ; une telle notice ne porte jamais seule un verdict.",
    ),
    "en": (
        "Each checkable claim of the page was marked by a few words of its passage and restated. "
        "What supports, qualifies or contradicts it was looked for in the library "
        "(references: {references}; linked to this page: {linked}). Each link says whether the "
        "study is direct in population, intervention, comparator and outcome.",
        "The level of a study follows the Oxford table (OCEBM 2011), by its design. Certainty "
        "belongs to the claim and not to a study: it starts from the design of the best studies, "
        "falls for risk of bias, inconsistency, indirectness, imprecision and publication bias, "
        "and rises for a large effect, after the GRADE domains. A program proposes and a person "
        "decides; this is not a full GRADE assessment.",
        "“No evidence found” means that nothing was found in this library, not that the claim is "
        "wrong. “Not located as cited” is the result of a search, not a reproach. Incomplete "
        "records among the linked references: {incomplete}; such a record never carries a verdict "
        "alone.",
    ),
}
#: What is added to the method where work is left.
STILL: dict[str, Words] = {
    "unassessed": {
        "fr": "Affirmations pas encore évaluées : {unassessed}. Rien n’a encore été cherché à leur "
        "sujet ; elles n’ont pas de verdict et ne sont pas comptées.",
        "en": "Claims not assessed yet: {unassessed}. Nothing has been looked for about them so "
        "far; they have no verdict and are not counted.",
    },
    "unsought": {
        "fr": "Sources pas encore recherchées : {unsought}. On ne sait pas si elles existent "
        "telles que citées.",
        "en": "Sources not looked for yet: {unsought}. Whether they exist as cited is not known.",
    },
}


def word(table: dict[str, Words], name: str, language: str) -> str:
    """A word of one of the tables; a name that nobody foresaw stands for itself."""
    return table.get(name, {}).get(language, name)


def day(value: date | None, language: str) -> str:
    """A date in words: "24 novembre 2026", "24 November 2026"."""
    if value is None:
        return ""
    return str(format_date(value, "d MMMM y", locale="fr" if language == "fr" else "en_GB"))


def typeset(text: str, language: str) -> str:
    """French punctuation with spaces that do not break."""
    if language != "fr":
        return text
    text = re.sub(r"[ \u00a0](?=[;!?»%])", "\u202f", text)
    text = re.sub(r"[ \u00a0](?=:(?:\s|$))", "\u00a0", text)
    return re.sub(r"«[ \u00a0]", "«\u202f", text)
