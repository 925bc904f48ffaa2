"""Leaflets as PDF: columns, tables, headings over two lines, running lines of two pages."""

from __future__ import annotations

import pytest
import weasyprint

from evidence.anchoring.segment import sentences
from evidence.originals.pdf import from_pdf

STYLE = """<style>@page { size: A5; margin: 22mm 15mm;
  @top-center { content: "Centre du froid – fiche n° 7 – " counter(page); font-size: 8pt }
  @bottom-right { content: "PAGE " counter(page) " / " counter(pages); font-size: 8pt } }
body { font: 10pt/1.35 sans-serif } h1 { font-size: 20pt } h2 { font-size: 14pt }
.columns { columns: 2; column-gap: 8mm } td, th { padding: 2pt 8pt; text-align: left }</style>"""
COLUMNS = """<div class="columns"><p>Le bain est donné dans une salle chauffée, par une infirmière
qui connaît le geste et reste présente. Il dure environ dix minutes et ne demande aucune préparation
particulière. Les pieds peuvent rester rouges pendant deux jours.</p><p>Vous pouvez rentrer chez
vous le jour même, mais une personne doit vous accompagner. Il est déconseillé de conduire pendant
une heure après le bain.</p><ul><li>sécher les pieds sans frotter la peau ;</li><li>garder des
chaussettes de coton.</li></ul></div>"""
TABLE = """<table><tr><th>Âge</th><th>Soulagés à trois mois</th></tr><tr><td>Moins de 60 ans</td>
<td>70 %</td></tr><tr><td>Plus de 60 ans</td><td>50 %</td></tr><tr><td>Après une ancienne
fracture du pied</td><td>rarement</td></tr></table>"""
SOURCES = """<h2>Références</h2><div class="columns"><ol><li>Morel J, Petit L, Durand P. Bains
froids du marcheur : étude de 42 personnes. Revue des pieds. 2018;12:34-40.</li><li>Hale T, Ode R.
Cold baths and the classification of sore feet. Foot Notes. 2010;18:1-6.</li><li>Byrne K. Fréquence
des pieds douloureux. Pieds. 2013;14(2):55-61.</li></ol></div>"""


def read(body: str) -> list[str]:
    page = f"<!doctype html><html lang=fr>{STYLE}{body}"
    text, _title = from_pdf(weasyprint.HTML(string=page).write_pdf())
    lines = (line.replace("\u00a0", " ").replace("  ", " ") for line in text.splitlines())
    return [line.strip() for line in lines if line]


@pytest.mark.parametrize("pages", [1, 2, 3])
def test_running_lines_and_page_numbers_are_no_words_of_the_leaflet(pages: int) -> None:
    sentence = (
        "Un second bain est possible après trois mois si la douleur revient chez le marcheur. "
    )
    lines = read("<h1>Le bain froid</h1><p>" + sentence * (4 + 24 * (pages - 1)) + "</p>")
    assert lines == ["Le bain froid", " ".join([sentence.strip()] * (4 + 24 * (pages - 1)))]


def test_a_heading_over_two_lines_is_one() -> None:
    lines = read(
        "<h1>Le bain froid des pieds : ce que vous devez savoir avant de venir</h1>"
        f"<h2>2 - COMMENT SE DÉROULE<br>LE BAIN ?</h2>{COLUMNS}"
    )
    assert lines[:2] == [
        "Le bain froid des pieds : ce que vous devez savoir avant de venir",
        "2 - COMMENT SE DÉROULE LE BAIN ?",
    ]


def test_columns_are_read_one_after_the_other() -> None:
    assert read(f"<h2>Le bain</h2>{COLUMNS}") == [
        "Le bain",
        "Le bain est donné dans une salle chauffée, par une infirmière qui connaît le geste et "
        "reste présente. Il dure environ dix minutes et ne demande aucune préparation "
        "particulière. Les pieds peuvent rester rouges pendant deux jours.",
        "Vous pouvez rentrer chez vous le jour même, mais une personne doit vous accompagner. Il "
        "est déconseillé de conduire pendant une heure après le bain.",
        "• sécher les pieds sans frotter la peau ;",
        "• garder des chaussettes de coton.",
    ]


def test_a_table_is_read_by_rows_after_columns() -> None:
    assert read(f"<h2>Le bain</h2>{COLUMNS}<h2>Les résultats</h2>{TABLE}")[-5:] == [
        "Les résultats",
        "Âge | Soulagés à trois mois",
        "Moins de 60 ans | 70 %",
        "Plus de 60 ans | 50 %",
        "Après une ancienne fracture du pied | rarement",
    ]


def test_references_in_two_columns_are_whole_and_keep_their_numbers() -> None:
    lines = read(f"<p>Le bain froid calme les pieds (1).</p>{SOURCES}")
    assert lines[-3:] == [
        "1. Morel J, Petit L, Durand P. Bains froids du marcheur : étude de 42 personnes. Revue "
        "des pieds. 2018;12:34-40.",
        "2. Hale T, Ode R. Cold baths and the classification of sore feet. Foot Notes. "
        "2010;18:1-6.",
        "3. Byrne K. Fréquence des pieds douloureux. Pieds. 2013;14(2):55-61.",
    ]
    forms = [one.form for one in sentences("\n".join(lines), "fr")]
    assert forms == ["sentence", "heading", "source", "source", "source"]


def test_rows_of_a_table_that_reach_into_the_margins_are_kept() -> None:
    rows = "".join(
        f"<tr><td>Effet {n}</td><td>{n} sur 100</td><td>{n} %</td><td>{n + 1} %</td></tr>"
        for n in range(1, 61)
    )
    page = "<style>@page { size: A4; margin: 10mm } td { padding: 3pt 20pt }</style>"
    lines = read(f"{page}<h1>Les effets du bain</h1><table>{rows}</table>")
    assert lines == [
        "Les effets du bain",
        *(f"Effet {n} | {n} sur 100 | {n} % | {n + 1} %" for n in range(1, 61)),
    ]


@pytest.mark.parametrize(
    "bar",
    [
        "<div><button>Tout accepter</button><button>Tout refuser</button></div>",
        "<p>Tout accepterTout refuser</p>",
        "<h3>Nous utilisons des cookies</h3><p>Personnaliser mes choix Accept all</p>",
    ],
)
def test_a_web_page_printed_begins_with_its_title(bar: str) -> None:
    menu = "<ul><li>Accueil</li><li>Traitements de la douleur</li><li>Prendre rendez-vous</li></ul>"
    said = "Le bain froid soulage la douleur chez la moitié des patients pendant trois mois."
    lines = read(f"{bar}{menu}<h1>Le bain froid</h1><p>{said}</p>")
    assert lines == ["Le bain froid", said]
    assert read(f"{menu}<h1>Le bain froid</h1><p>{said}</p>")[0] == "• Accueil"


def test_what_a_browser_prints_around_a_page_is_left_out() -> None:
    style = """<style>@page { size: A4; margin: 15mm; font-size: 8pt;
      @top-left { content: "01/12/2026 03:15" } @top-center { content: "Le bain | Clinique" }
      @bottom-left { content: "https://clinique.example/bain" } @bottom-right { content: "1/1" } }
      </style>"""
    page = f"<!doctype html>{style}<h1>Le bain</h1><p>Il dure dix minutes environ.</p>"
    text, _title = from_pdf(weasyprint.HTML(string=page).write_pdf())
    assert text == "Le bain\n\nIl dure dix minutes environ.\n"
