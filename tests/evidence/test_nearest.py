"""Works of the library that come nearest to a printed source."""

from __future__ import annotations

import pytest

from evidence.drafting.nearest import nearest_works
from evidence.knowledge import KnowledgeBase


@pytest.mark.parametrize(
    ("cited", "key"),
    [
        ("Vulvodynia. Nat Rev Dis Primers 2020", "bergeron2020vulvodynia"),
        ("doi:10.1038/s41572-020-0164-2", "bergeron2020vulvodynia"),
        ("Hibner. Pudendal Neuralgia. 2011", "hibner2010pudendal"),
        (
            "Labat JJ, Riant T. Diagnostic criteria for pudendal neuralgia. 2008.",
            "labat2008diagnostic",
        ),
        ("Ilfeld BM et al., Anesthesiology 2020;133:1127-1149", "ilfeld2020cryoneurolysis"),
    ],
)
def test_a_source_finds_its_work_by_what_it_prints(cited: str, key: str, kb: KnowledgeBase) -> None:
    assert nearest_works(cited, kb.library)[0] == key


@pytest.mark.parametrize(
    "cited",
    [
        "Wylde V, Beswick A. Chronic pain after total knee arthroplasty. EFORT Open Rev 2018;3:461",
        "Duong S. Treatment of genicular pain. Pain Med 2021",
        "Smith A. Pudendal neuralgia. J Foot Care 1987;1:1-2",
        "Ministry of Health. Your rights. 2020",
    ],
)
def test_an_unrelated_work_is_no_neighbour(cited: str, kb: KnowledgeBase) -> None:
    assert nearest_works(cited, kb.library) == ()
