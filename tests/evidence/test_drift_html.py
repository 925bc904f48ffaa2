"""A web page of ours, with two levels of headings, lists and a table of three columns, and changes
of its markup and words whose outcome was decided before they were tried."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from sample_page import FOLDER, claim
from test_drift_fresh import CM, MV, C, M, sub
from test_drift_kinds import KnownPage, known_page, text_of

from evidence.originals.convert import convert

PAGE = (FOLDER / "paupiere.html").read_text(encoding="utf-8")
CLAIMS = [
    claim("relax", "La toxine détend", "sept jours"),
    claim("lasts", "L'effet dure", "trois mois"),
    claim("nine", "Neuf personnes", "première séance"),
    claim("anticoag", "Si vous prenez un anticoagulant", "reste possible"),
    claim("dose", "La dose ne dépasse", "par séance"),
    claim("inf", "ni infection", "la paupière"),
    claim("mus", "ni maladie du muscle"),
    claim("alb", "ni allergie", "l'albumine"),
    claim("preg", "La grossesse est", "contre-indication"),
    claim("ptosis", "une paupière tombante", "deux semaines"),
    claim("dry", "un œil sec"),
    claim("dip", "une vision double"),
    claim("swal", "une gêne pour avaler"),
    claim("d20", "20 unités", "5 %"),
    claim("d40", "40 unités", "12 %"),
    claim("surg", "La chirurgie est plus", "cinq ans"),
    claim("cost", "La toxine coûte", "la chirurgie"),
    claim("both", "Les deux traitements", "associés"),
    claim("drive", "la conduite automobile", "deux heures"),
    claim("makeup", "Le maquillage", "le lendemain"),
]


def redesign(p: str) -> str:
    """The same words in other markup, below a banner."""
    p = p.replace(
        "<h2>", '<div class="acc"><button class="t"></button><h2 class="x"><span>'
    ).replace("</h2>", "</span></h2></div>")
    p = (
        p.replace("<ul>", '<div role="list">')
        .replace("</ul>", "</div>")
        .replace("<li>", '<div role="listitem"><span>')
        .replace("</li>", "</span></div>")
    )
    return p.replace(
        "<main>",
        '<main><div id="cookie-banner"><p>Ce site utilise des cookies pour mesurer son audience.'
        "</p></div><section><div>",
    ).replace("</main>", "</div></section></main>")


def list_to_paragraph(p: str) -> str:
    return p.replace(
        (
            "<p>Le médecin vérifie que vous n'avez :</p>\n<ul><li>ni infection de la "
            "paupière ;</li><li>ni maladie du muscle ;</li><li>ni allergie à "
            "l'albumine.</li></ul>"
        ),
        (
            "<p>Le médecin vérifie que vous n'avez : ni infection de la paupière ; ni "
            "maladie du muscle ; ni allergie à l'albumine.</p>"
        ),
    )


def paragraph_to_list(p: str) -> str:
    return p.replace(
        (
            "<p>La chirurgie est plus efficace que la toxine à cinq ans. La toxine coûte "
            "moins cher que la chirurgie. Les deux traitements peuvent être associés.</p>"
        ),
        (
            "<ul><li>La chirurgie est plus efficace que la toxine à cinq ans.</li><li>La "
            "toxine coûte moins cher que la chirurgie.</li><li>Les deux traitements peuvent "
            "être associés.</li></ul>"
        ),
    )


def section_up(p: str) -> str:
    section = p[p.index("<h2>Avant la séance") : p.index("<h2>Les complications")]
    effects = "<h2>Les effets du traitement"
    return p.replace(section, "").replace(effects, section + effects)


CASES = [
    ("reworded", sub(("détend le muscle", "relâche le muscle")), {"relax": C}),
    (
        "reworded2",
        sub(
            (
                "Neuf personnes sur dix sont soulagées dès",
                "Dès la première séance, neuf personnes sur dix vont mieux dès",
            )
        ),
        {"nine": CM},
    ),
    ("number words", sub(("Neuf personnes sur dix", "Six personnes sur dix")), {"nine": C}),
    ("number", sub(("50 unités par", "500 unités par")), {"dose": C}),
    ("jamais dropped", sub(("ne dépasse jamais 50", "dépasse 50")), {"dose": C}),
    (
        "negation",
        sub(("l'injection reste possible", "l'injection n'est plus possible")),
        {"anticoag": C},
    ),
    (
        "condition out, to former sentence",
        sub(
            (
                "Si vous prenez un anticoagulant, l'injection reste possible.",
                "Vous prenez peut-être un anticoagulant. L'injection reste possible.",
            )
        ),
        {"anticoag": CM},
    ),
    (
        "condition dropped",
        sub(("Si vous prenez un anticoagulant, l'injection", "L'injection")),
        {"anticoag": CM},
    ),
    (
        "condition before part claim",
        sub(("Après la séance, la conduite", "Avant la séance, la conduite")),
        {"drive": C},
    ),
    (
        "condition before part claim gone",
        sub(("Après la séance, la conduite", "La conduite")),
        {"drive": C},
    ),
    (
        "interdite permise",
        sub(("automobile est interdite", "automobile est permise")),
        {"drive": C},
    ),
    (
        "contre-indication",
        sub(("est une contre-indication", "n'est pas une contre-indication")),
        {"preg": C},
    ),
    (
        "lead positive",
        sub(("vérifie que vous n'avez :", "vérifie que vous avez :")),
        {"inf": C, "mus": C, "alb": C},
    ),
    (
        "lead dropped",
        sub(("<p>Le médecin vérifie que vous n'avez :</p>\n", "")),
        {"inf": C, "mus": C, "alb": C},
    ),
    (
        "h2 turned",
        sub(("<h2>Les complications", "<h2>Les bienfaits")),
        {"ptosis": C, "dry": C, "dip": C, "swal": C},
    ),
    ("h3 turned", sub(("<h3>Exceptionnelles", "<h3>Habituelles")), {"dip": C, "swal": C}),
    ("h3 removed", sub(("<h3>Exceptionnelles</h3>\n", "")), {"dip": C, "swal": C}),
    (
        "item to other h3",
        sub(
            ("<li>une vision double</li>", ""),
            ("<li>un œil sec</li>", "<li>un œil sec</li><li>une vision double</li>"),
        ),
        {"dip": (C, MV)},
    ),
    (
        "split",
        sub(
            (
                "La toxine détend le muscle de la paupière en trois à sept jours.",
                "La toxine détend le muscle de la paupière. Il faut trois à sept jours.",
            )
        ),
        {"relax": CM},
    ),
    (
        "merged by et",
        sub(
            (
                "la chirurgie. Les deux traitements peuvent",
                "la chirurgie et les deux traitements peuvent",
            )
        ),
        {"cost": C, "both": C},
    ),
    (
        "paragraphs merged",
        sub(
            ("par séance.</p>\n<h2>Avant", "par séance.</p><p>Merci.</p>\n<h2>Avant"),
            ("première séance.</p>\n<p>Si", "première séance. Si"),
        ),
        {},
    ),
    ("section moved", section_up, "moved"),
    (
        "typography",
        lambda p: (
            p.replace("'", "’")
            .replace(" ;", "\u202f;")
            .replace(" :", "\u00a0:")
            .replace(" %", "\u00a0%")
            .replace("œ", "&oelig;")
            .replace("à", "&agrave;")
        ),
        {},
    ),
    (
        "soft hyphen, nbsp, zwsp",
        lambda p: (
            p.replace("paupière tombante", "pau\u00adpière tombante")
            .replace("muscle de", "muscle\u00a0de")
            .replace("conduite automobile", "conduite\u200b automobile")
        ),
        {},
    ),
    (
        "bold and links",
        lambda p: (
            p.replace("trois mois", "<strong>trois</strong> <a href='#'>mois</a>")
            .replace("œil sec", "<em>œil</em> sec")
            .replace("12 %", "<b>12</b> %")
        ),
        {},
    ),
    (
        "upper heading",
        lambda p: p.replace("Les complications", "LES COMPLICATIONS").replace(
            "Avant la séance</h2>", "AVANT LA SÉANCE</h2>"
        ),
        {},
    ),
    (
        "heading gets emoji/number",
        lambda p: p.replace("<h2>Les complications", "<h2>⚠️ 3) Les complications").replace(
            "<h2>Avant", "<h2>2) Avant"
        ),
        {},
    ),
    ("list to paragraph", list_to_paragraph, {}),
    ("paragraph to list", paragraph_to_list, {}),
    ("redesign", redesign, {}),
    ("table row value", sub(("<td>12 %</td>", "<td>21 %</td>")), {"d40": C}),
    (
        "table column swapped heads",
        sub(
            (
                "<th>Durée de l'effet</th><th>Paupière tombante</th>",
                "<th>Paupière tombante</th><th>Durée de l'effet</th>",
            )
        ),
        {"d20": C, "d40": C},
    ),
    (
        "table row removed",
        sub(("<tr><td>20 unités</td><td>10 semaines</td><td>5 %</td></tr>", "")),
        {"d20": M},
    ),
    (
        "table row added",
        sub(
            (
                "</tr></table>",
                "</tr><tr><td>60 unités</td><td>16 semaines</td><td>19 %</td></tr></table>",
            )
        ),
        {},
    ),
    (
        "deleted, similar remains",
        sub((" La toxine coûte moins cher que la chirurgie.", "")),
        {"cost": M},
    ),
    ("deleted, similar remains 2", sub(("<li>ni maladie du muscle ;</li>", "")), {"mus": M}),
    (
        "swap subject",
        sub(
            (
                "La chirurgie est plus efficace que la toxine",
                "La toxine est plus efficace que la chirurgie",
            )
        ),
        {"surg": C},
    ),
    ("comparison", sub(("plus efficace que", "aussi efficace que")), {"surg": C}),
    ("unit", sub(("pendant deux semaines", "pendant deux mois")), {"ptosis": C}),
    ("hedge", sub(("peuvent être associés", "doivent être associés")), {"both": C}),
    (
        "retracting sentence after",
        sub(("par séance.</p>", "par séance. Cette règle ne vaut plus depuis 2024.</p>")),
        {},
    ),
    ("environ dropped", sub(("dure environ trois", "dure trois")), {"lasts": C}),
    (
        "whole sentence struck",
        sub(
            (
                "Le maquillage est permis le lendemain.",
                (
                    "<del>Le maquillage est permis le lendemain.</del> "
                    "Le maquillage est interdit le lendemain."
                ),
            )
        ),
        {"makeup": CM},
    ),
    (
        "sentence moved to other section",
        sub(
            (" Les deux traitements peuvent être associés.", ""),
            (
                "<p>La grossesse est une contre-indication.</p>",
                (
                    "<p>La grossesse est une contre-indication. Les deux traitements peuvent être "
                    "associés.</p>"
                ),
            ),
        ),
        {"both": (MV, C)},
    ),
    (
        "new section between",
        sub(
            (
                "<h2>Les complications",
                "<h2>Le prix</h2><p>La séance coûte 80 euros.</p><h2>Les complications",
            )
        ),
        {},
    ),
    (
        "intro lead added before list",
        sub(
            (
                "<ul><li>une paupière tombante",
                "<p>Ces effets ne concernent que les enfants :</p><ul><li>une paupière tombante",
            )
        ),
        {"ptosis": C, "dry": C},
    ),
    (
        "negative question heading",
        sub(("<h2>Les effets du traitement</h2>", "<h2>Idées reçues</h2>")),
        {"relax": C, "lasts": C, "nine": C, "anticoag": C, "dose": C},
    ),
]


def _words(page: str) -> str:
    return convert(page.encode(), "page.html").text


@pytest.fixture(params=["page", "trace"])
def eyelid(request: pytest.FixtureRequest, tmp_path: Path) -> KnownPage:
    words = _words(PAGE)
    return known_page(words, text_of(words, CLAIMS, "fr"), tmp_path, request.param)


@pytest.mark.parametrize(("edit", "want"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_what_a_change_of_the_page_does(
    eyelid: KnownPage, edit: Callable[[str], str], want: Mapping[str, str | tuple[str, ...]] | str
) -> None:
    edited = edit(PAGE)
    assert edited != PAGE
    told = eyelid.told(_words(edited))
    if isinstance(want, str):  # order is told of the fewest that explain it
        assert told
        assert set(told.values()) == {want}
        return
    assert set(told) == set(want)
    for name, status in told.items():
        assert status in ((want[name],) if isinstance(want[name], str) else want[name])


def test_headings_that_changed_places_are_told_of_both_lists(eyelid: KnownPage) -> None:
    one, other = "<h3>Fréquentes", "<h3>Exceptionnelles"
    page = PAGE.replace(one, "<h3>@").replace(other, one).replace("<h3>@", other)
    found = eyelid.check(_words(page))
    turned = {located.claim for located in found.claims if "heading" in located.turned}
    assert turned == {"ptosis", "dry", "dip", "swal"}
    assert found.needs_a_person


def test_another_title_is_told_once(eyelid: KnownPage) -> None:
    found = eyelid.check(_words(PAGE.replace("<h1>L'injection de toxine", "<h1>Une injection de")))
    assert {located.status for located in found.claims} == {"found"}
    assert any("title" in str(notice) for notice in found.notices)
