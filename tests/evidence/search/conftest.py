"""Small bases that tests may change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from evidence.knowledge import KnowledgeBase

SMALL = """
@article{ilfeld2020cryo,
  title = {Cryoneurolysis of the pudendal nerve for vulvodynia},
  author = {Ilfeld, Brian and {Pain Group}},
  year = {2020}, journal = {Pain Medicine}, doi = {10.1000/a(1)2}, pmid = {31234567},
  langid = {english}, design = {rct}, participants = {60},
  indication = {vulvodynia}, nerve = {pudendal-nerve}, guidance = {ct},
  finding = {pain | 6 months | 2.1 points | Pain fell more than after sham.},
}
@article{martin2018nevralgie,
  title = {La névralgie pudendale traitée par cryothérapie percutanée},
  author = {Martin, Zoé}, year = {2018}, journal = {Douleurs}, langid = {french},
  design = {case-series}, participants = {12},
  indication = {pudendal-neuralgia}, nerve = {pudendal-nerve}, guidance = {ultrasound},
}
@article{smith2019knee,
  title = {Freezing the infrapatellar branch before knee replacement},
  author = {Smith, Ann}, year = {2019}, journal = {Knee}, langid = {english},
  design = {rct}, participants = {124}, indication = {knee-arthroplasty},
}
@misc{anon,
  title = {Serum IL-6 and vitamin D after cooling to -70 °C},
  langid = {english}, design = {laboratory},
}
"""


@pytest.fixture
def small_base(tmp_path: Path) -> Callable[..., KnowledgeBase]:
    """Make (or change) a knowledge base of four references; its vocabulary is the bundled one."""

    def make(bib: str = SMALL) -> KnowledgeBase:
        folder = tmp_path / "base"
        (folder / "references").mkdir(parents=True, exist_ok=True)
        (folder / "texts").mkdir(exist_ok=True)
        (folder / "kb.toml").write_text('name = {fr = "petite", en = "small"}\n')
        (folder / "references" / "all.bib").write_text(bib, encoding="utf-8")
        return KnowledgeBase(folder)

    return make
