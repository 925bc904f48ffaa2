"""What the words of a sentence mean where it stands: false friends of the vocabulary, by hand.

Each row: language, what stands around the sentence, the sentence, a concept, whether it is meant.
"""

from __future__ import annotations

import pytest

from evidence.drafting.draft import concepts_by_role
from evidence.knowledge import KnowledgeBase

ROWS = [
    ("fr", "La vulvodynie", "La douleur est à type de brûlures, de picotements.", "burns", False),
    ("fr", "Vulvodynie", "Elle est définie par des brûlures de la vulve.", "burns", False),
    ("en", "CRPS", "It may follow fractures, sprains, burns or cuts.", "burns", True),
    ("fr", "Greffe de peau", "Les brûlures étendues demandent une greffe.", "burns", True),
    ("en", "", "A burning feeling in the toes is common.", "burns", False),
    ("fr", "Infiltration", "On injecte du sérum physiologique et un corticoïde.", "placebo", False),
    ("en", "", "The needle is flushed with saline.", "placebo", False),
    ("en", "", "Those in the control group had saline.", "placebo", True),
    ("fr", "", "Le groupe témoin a reçu du sérum physiologique.", "placebo", True),
    ("fr", "Le fonctionnement", "Le fonctionnement de la sonde est simple.", "function", False),
    ("fr", "Prothèse de genou", "La fonction du genou s'améliore.", "function", True),
    ("fr", "Zona", "Les douleurs sont parfois permanentes.", "reversibility", False),
    ("en", "Stimulator", "After a trial a permanent device is implanted.", "reversibility", False),
    ("fr", "Le froid", "L'effet n'est pas permanent.", "reversibility", True),
    ("en", "Cold", "The nerve is not permanently damaged.", "reversibility", True),
    (
        "fr",
        "Migraine",
        "Des vomissements l'accompagnent.",
        "postoperative-nausea-and-vomiting",
        False,
    ),
    ("en", "Botulinum toxin", "Rarely, nausea occurs.", "postoperative-nausea-and-vomiting", False),
    (
        "fr",
        "",
        "Après l'opération, les vomissements sont rares.",
        "postoperative-nausea-and-vomiting",
        True,
    ),
    ("fr", "Hernie discale", "La toux augmente la douleur.", "respiratory-function", False),
    ("en", "Injection", "Tell us if you have a cough.", "respiratory-function", False),
    (
        "en",
        "Rib fractures",
        "The technique makes it easier to cough.",
        "respiratory-function",
        True,
    ),
    ("fr", "Toxine", "Elle entraîne une relaxation musculaire.", "relaxation-therapy", False),
    ("en", "Botulinum toxin", "It acts by muscle relaxation.", "relaxation-therapy", False),
    ("en", "", "Relaxation and breathing exercises help.", "relaxation-therapy", True),
    (
        "en",
        "Neuropathy",
        "There may be a burning, freezing or throbbing pain.",
        "cryoneurolysis",
        False,
    ),
    ("fr", "Cancer du rein", "On détruit la tumeur en la congelant.", "cryoneurolysis", False),
    ("en", "Nerves", "Freezing the nerve stops its signals.", "cryoneurolysis", True),
    ("en", "Nerve block", "A thin needle is placed near the nerve.", "cryoprobe", False),
    ("fr", "Prothèse", "Un anesthésiste vous verra.", "anaesthesia", False),
    ("en", "Neuropathy", "Diabetes harms the small blood vessels.", "adverse-events", False),
    ("fr", "Névralgie pudendale", "Un prurit écarte le diagnostic.", "vulvar-itching", False),
    ("fr", "", "Le prurit de la vulve est fréquent.", "vulvar-itching", True),
    ("en", "Stimulator", "A lead is put into the epidural space.", "epidural-analgesia", False),
    ("en", "", "It relieves as well as epidural analgesia.", "epidural-analgesia", True),
    ("fr", "Sciatique", "Une hernie discale comprime la racine.", "inguinal-hernia", False),
    ("fr", "", "La hernie de l'aine est opérée.", "inguinal-hernia", True),
    ("en", "Radiofrequency", "A high-frequency current heats the tissue.", "prevalence", False),
    ("en", "Stimulator", "Leakage of spinal fluid may occur.", "incontinence", False),
    ("fr", "", "Des fuites sont possibles en allant uriner.", "incontinence", True),
    ("fr", "Migraine", "Le jeûne et le stress sont des déclencheurs.", "preparation", False),
    ("fr", "Zona", "Une fois la varicelle guérie, le virus reste.", "complete-relief", False),
    ("fr", "Morton", "Les talons hauts serrent le pied.", "heel", False),
    ("fr", "Zona", "Il disparaît en quelques semaines.", "time-to-effect", False),
]


def named(language: str, around: str, sentence: str, kb: KnowledgeBase) -> set[str]:
    roles = concepts_by_role(sentence, kb.vocabulary, language, around)
    return {concept for ids in roles.values() for concept in ids}


@pytest.mark.parametrize(("language", "around", "sentence", "concept", "is_meant"), ROWS)
def test_a_word_means_what_it_means_here(
    language: str, around: str, sentence: str, concept: str, is_meant: bool, kb: KnowledgeBase
) -> None:
    assert (concept in named(language, around, sentence, kb)) is is_meant


def test_the_heading_and_the_title_count(kb: KnowledgeBase) -> None:
    sentence = "Des vomissements sont possibles."
    concept = "postoperative-nausea-and-vomiting"
    assert concept in named("fr", "Après votre opération", sentence, kb)
    assert concept not in named("fr", "La migraine", sentence, kb)


def test_every_context_names_terms_of_its_concept(kb: KnowledgeBase) -> None:
    """A context of a word that leads nowhere says nothing."""
    for concept in kb.vocabulary:
        for context in concept.context:
            assert context.needs or context.unless, concept.id
            reached = [
                w for w in context.words if concept in {m.concept for m in kb.vocabulary.find(w)}
            ]
            assert reached, (concept.id, context.words)
