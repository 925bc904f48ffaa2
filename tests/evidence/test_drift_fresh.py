"""One more page, in French, and changes of it whose outcome was decided before they were tried.

Each change says which claims are no longer as they were, and how; every other claim is found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from sample_page import claim
from test_drift_kinds import KnownPage, known_page, text_of

PAGE = """Le patch de piment pour les douleurs du pied

À quoi sert-il ?
Le patch contient 8 % de capsaïcine, la substance qui pique dans le piment.
Il calme la douleur d'un nerf abîmé pendant deux à trois mois (1).
Il est proposé aux adultes dont la douleur résiste aux comprimés. Il ne convient pas aux
personnes dont la peau est blessée.

Comment se passe la pose ?
La pose dure 30 minutes sur le pied et 60 minutes ailleurs. L'infirmière porte des gants,
car le produit brûle les yeux.
Pendant la pose, on surveille :
• la tension artérielle ;
• la couleur de la peau ;
• l'intensité de la douleur.

Effets possibles
Les effets suivants sont fréquents :
• une rougeur pendant deux jours ;
• une sensation de brûlure.
Les effets suivants n'ont jamais été observés :
• une plaie profonde ;
• une perte durable de la sensibilité.

Chez combien de personnes ?
Groupe | Soulagés
Diabète | 41 %
Zona | 47 %

La douleur revient le plus souvent après trois mois [2]. Le patch peut être reposé quatre fois par
an. « On revit », disent des patients.

Références
1. Martel P, Ravel S. Le piment contre la douleur. Rev Soins. 2018;3:10-18.
2. Ober K. Repeated patches. J Foot Pain. 2021;7:1-9.
"""

CLAIMS = [
    claim("contains", "contient 8 % de capsaïcine"),
    claim("calms", "Il calme la douleur", "trois mois"),
    claim("adults", "Il est proposé aux adultes", "comprimés"),
    claim("wound", "Il ne convient pas", "est blessée"),
    claim("takes", "La pose dure 30 minutes", "ailleurs"),
    claim("gloves", "L'infirmière porte des gants", "les yeux"),
    claim("pressure", "la tension artérielle"),
    claim("colour", "la couleur de la peau"),
    claim("intensity", "l'intensité de la douleur"),
    claim("red", "une rougeur", "deux jours"),
    claim("burning", "une sensation de brûlure"),
    claim("deep", "une plaie profonde"),
    claim("loss", "une perte durable", "sensibilité"),
    claim("diabetes", "Diabète", "41 %"),
    claim("zoster", "Zona", "47 %"),
    claim("returns", "La douleur revient", "trois mois"),
    claim("again", "Le patch peut être reposé", "par an"),
]

C, M, MV = "changed", "missing", "moved"
CM = ("changed", "missing")


def sub(*pairs: tuple[str, str]) -> Callable[[str], str]:
    """Words put in the place of others, each once."""

    def edit(page: str) -> str:
        for old, new in pairs:
            assert old in page
            page = page.replace(old, new, 1)
        return page

    return edit


def section_up(page: str) -> str:
    """The effects before anything else."""
    effects = page[page.index("Effets possibles") : page.index("Chez combien")]
    return page.replace(effects, "").replace("À quoi sert-il ?", effects + "À quoi sert-il ?")


#: What is done to the page, and what becomes of which claims; a set where one of them moved.
CASES = [
    (
        "reword, same claim words change",
        sub(("contient 8 % de capsaïcine", "renferme 8 % de capsaïcine")),
        {"contains": C},
    ),
    ("number", sub(("8 %", "0,8 %")), {"contains": C}),
    ("unit", sub(("30 minutes sur", "30 secondes sur")), {"takes": C}),
    ("range", sub(("deux à trois mois", "deux à trente mois")), {"calms": C}),
    ("negation added", sub(("Il calme la douleur", "Il ne calme pas la douleur")), {"calms": C}),
    ("negation removed", sub(("Il ne convient pas aux", "Il convient aux")), {"wound": C}),
    ("modality", sub(("Il calme la", "Il pourrait calmer la")), {"calms": C}),
    ("modality 2", sub(("Le patch peut être reposé", "Le patch doit être reposé")), {"again": C}),
    ("population", sub(("proposé aux adultes", "proposé aux enfants")), {"adults": C}),
    (
        "population narrowed",
        sub(("aux adultes dont", "aux adultes de plus de 65 ans dont")),
        {"adults": C},
    ),
    ("qualifier dropped", sub(("revient le plus souvent après", "revient après")), {"returns": C}),
    ("frequency in the lead", sub(("sont fréquents :", "sont rares :")), {"red": C, "burning": C}),
    ("lead turned", sub(("n'ont jamais été observés", "ont été observés")), {"deep": C, "loss": C}),
    (
        "lead: before instead of during",
        sub(("Pendant la pose, on surveille", "Avant la pose, on surveille")),
        {"pressure": C, "colour": C, "intensity": C},
    ),
    (
        "heading turned",
        sub(("Effets possibles", "Effets impossibles")),
        {"red": C, "burning": C, "deep": C, "loss": C},
    ),
    (
        "heading of the table",
        sub(("Chez combien de personnes ?", "Chez combien d'animaux ?")),
        {"diabetes": C, "zoster": C, "returns": C, "again": C},
    ),
    ("table head", sub(("Groupe | Soulagés", "Groupe | Aggravés")), {"diabetes": C, "zoster": C}),
    (
        "table cells swapped",
        sub(("Diabète | 41 %", "Diabète | 47 %"), ("Zona | 47 %", "Zona | 41 %")),
        {"diabetes": CM, "zoster": CM},
    ),
    ("table row removed", sub(("Zona | 47 %\n", "")), {"zoster": M}),
    (
        "table rows in another order",
        sub(("Diabète | 41 %\nZona | 47 %", "Zona | 47 %\nDiabète | 41 %")),
        {"diabetes", "zoster"},
    ),
    (
        "items in another order",
        sub(
            (
                "• la tension artérielle ;\n• la couleur de la peau ;",
                "• la couleur de la peau ;\n• la tension artérielle ;",
            )
        ),
        {"pressure", "colour"},
    ),
    (
        "item moved to the other list",
        sub(
            ("• une sensation de brûlure.\n", ""),
            ("• une plaie profonde ;", "• une plaie profonde ;\n• une sensation de brûlure ;"),
        ),
        {"burning": ("changed", "moved")},
    ),
    ("section moved up", section_up, {"red", "burning", "deep", "loss"}),
    (
        "sentence removed",
        sub((" Le patch peut être reposé quatre fois par\nan.", "")),
        {"again": M},
    ),
    (
        "sentence split in two",
        sub(
            (
                "La pose dure 30 minutes sur le pied et 60 minutes ailleurs.",
                "La pose dure 30 minutes sur le pied. Elle dure 60 minutes ailleurs.",
            )
        ),
        {"takes": C},
    ),
    (
        "sentences merged, same words",
        sub(
            (
                "abîmé pendant deux à trois mois (1).\nIl est proposé",
                "abîmé pendant deux à trois mois (1). Il est proposé",
            )
        ),
        {},
    ),
    (
        "sentences merged by mais",
        sub(("aux comprimés. Il ne convient", "aux comprimés, mais il ne convient")),
        {"adults": C, "wound": C},
    ),
    (
        "quotes and apostrophes",
        lambda p: p.replace("'", "’").replace("« On revit »", "“On revit”"),
        {},
    ),
    (
        "narrow spaces",
        lambda p: p.replace(" ?", "\u202f?").replace(" :", "\u00a0:").replace(" %", "\u202f%"),
        {},
    ),
    (
        "capitals in headings",
        lambda p: p.replace("Effets possibles", "EFFETS POSSIBLES").replace(
            "Comment se passe la pose ?", "COMMENT SE PASSE LA POSE ?"
        ),
        {},
    ),
    ("bullets of another kind", lambda p: p.replace("•", "–"), {}),
    (
        "numbered headings",
        lambda p: (
            p.replace("À quoi sert-il ?", "1. À quoi sert-il ?")
            .replace("Comment se passe la pose ?", "2. Comment se passe la pose ?")
            .replace("Effets possibles", "3. Effets possibles")
            .replace("Chez combien", "4. Chez combien")
        ),
        {},
    ),
    (
        "wrapped at 60",
        lambda p: "\n".join(
            line if len(line) < 60 else re.sub(r"(.{1,60})(?:\s|$)", r"\1\n", line).rstrip()
            for line in p.split("\n")
        ),
        {},
    ),
    ("figures spelled otherwise", sub(("quatre fois par\nan", "4 fois par an")), {"again": C}),
    (
        "an added plain sentence",
        sub(("\n\nComment se passe", "\nCe patch existe depuis longtemps.\n\nComment se passe")),
        {},
    ),
    (
        "condition before",
        sub(("La douleur revient le", "Chez les fumeurs, la douleur revient le")),
        {"returns": C},
    ),
    (
        "condition after",
        sub(("après trois mois [2].", "après trois mois chez les fumeurs [2].")),
        {"returns": C},
    ),
    ("comparison turned", sub(("dont la douleur résiste", "dont la douleur cède")), {"adults": C}),
    ("decimal comma to point", lambda p: p.replace("8 %", "8.0 %"), {"contains": C}),
]


@pytest.fixture(params=["page", "trace"])
def patch(request: pytest.FixtureRequest, tmp_path: Path) -> KnownPage:
    return known_page(PAGE, text_of(PAGE, CLAIMS, "fr"), tmp_path, request.param)


@pytest.mark.parametrize(("edit", "want"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_what_a_change_does_to_the_claims(
    patch: KnownPage,
    edit: Callable[[str], str],
    want: Mapping[str, str | tuple[str, ...]] | set[str],
) -> None:
    told = patch.told(edit(PAGE))
    if isinstance(want, set):  # order is told of the fewest that explain it
        assert told
        assert set(told) <= want
        assert set(told.values()) == {"moved"}
        return
    assert set(told) == set(want)
    for name, status in told.items():
        assert status in ((want[name],) if isinstance(want[name], str) else want[name])


@pytest.mark.parametrize(
    ("edit", "statuses", "added"),
    [
        (sub(("2018;3:10-18", "2008;3:10-18")), ["changed", "found"], 0),
        (
            sub(("2. Ober K. Repeated patches. J Foot Pain. 2021;7:1-9.\n", "")),
            ["found", "missing"],
            0,
        ),
        (
            sub(("2. Ober", "2. Zeller A. Pepper. Pain J. 2019;1:2-5.\n3. Ober")),
            ["found", "found"],
            1,
        ),
    ],
)
def test_what_a_change_does_to_the_sources(
    patch: KnownPage, edit: Callable[[str], str], statuses: list[str], added: int
) -> None:
    found = patch.check(edit(PAGE))
    assert [one.status for one in found.sources] == statuses
    assert len(found.added_sources) == added
    assert all(one.status == "found" for one in found.claims)


def test_a_new_claim_is_listed_and_disturbs_no_other(patch: KnownPage) -> None:
    page = PAGE.replace("comprimés. Il ne", "comprimés. Il nuit au cœur dans 5 % des cas. Il ne")
    found = patch.check(page)
    assert patch.told(page) == {}
    assert [one.text for one, is_new in found.unclaimed if is_new] == [
        "Il nuit au cœur dans 5 % des cas."
    ]
