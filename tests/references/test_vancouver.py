"""Sixty references as "Citing Medicine" and ICMJE's samples print them, by two CSL processors."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from references.formats.bibtex import read_text
from references.formats.vancouver import STYLES_FOLDER, cite, finished
from references.formats.vancouver_item import item
from references.record import Reference

SAMPLES = yaml.safe_load(
    (Path(__file__).parent.parent / "data" / "vancouver.yaml").read_text(encoding="utf-8")
)
CASES = [
    (one["bib"], language, one[language])
    for one in SAMPLES
    for language in ("en", "fr")
    if language in one
]


def _record(bib: str) -> Reference:
    (reference,) = read_text(bib).references
    return reference


def test_there_are_sixty() -> None:
    assert len(SAMPLES) >= 60


@pytest.mark.parametrize(("bib", "language", "expected"), CASES)
def test_a_reference_as_medicine_prints_it(bib: str, language: str, expected: str) -> None:
    assert cite(_record(bib), language=language) == expected


CITEPROC = os.environ.get("EVIDENCE_CITEPROC_JS", "")
SCRIPT = """
const CSL = require(process.argv[2]);
const [style, locales, jobs] = JSON.parse(require('fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify(jobs.map(([item, language]) => {
  const sys = {retrieveLocale: () => locales[language], retrieveItem: () => item};
  const engine = new CSL.Engine(sys, style, language, true);
  engine.setOutputFormat('text');
  engine.updateItems(['cited']);
  return engine.makeBibliography()[1][0];
})));
"""


@pytest.mark.skipif(
    not CITEPROC or shutil.which("node") is None,
    reason="needs Node.js, and EVIDENCE_CITEPROC_JS to name the package citeproc of npm",
)
def test_citeproc_js_makes_the_same_of_the_style(tmp_path: Path) -> None:
    import citeproc

    script = tmp_path / "cite.js"
    script.write_text(SCRIPT)
    names = {"en": "en-US", "fr": "fr-FR"}
    folder = Path(citeproc.__file__).parent / "data" / "locales"
    locales = {
        name: (folder / f"locales-{name}.xml").read_text(encoding="utf-8")
        for name in names.values()
    }
    style = (STYLES_FOLDER / "vancouver.csl").read_text(encoding="utf-8")
    jobs = [(item(_record(bib), language), names[language]) for bib, language, _ in CASES]
    done = subprocess.run(
        ["node", str(script), CITEPROC],
        input=json.dumps([style, locales, jobs]),
        capture_output=True,
        text=True,
        check=True,
    )
    # citeproc-js sets typographic apostrophes, which are not the style's.
    theirs = [finished(text).replace("’", "'") for text in json.loads(done.stdout)]
    assert theirs == [expected.replace("’", "'") for _, _, expected in CASES]
