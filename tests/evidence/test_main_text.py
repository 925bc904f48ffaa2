"""What stands around the text of a page is left out; the text itself stays whole."""

from __future__ import annotations

import pytest

from evidence.originals.html import from_html

TEXT = """
<p>Cold applied to a nerve stops it from carrying pain for some weeks, and the nerve grows back.</p>
<p>The treatment takes half an hour and is done while the patient is awake, with a small needle.</p>
<h2>What to expect</h2>
<ul><li>a cold feeling</li><li>a small bruise</li></ul>
<p>Most people go home on the same day, and can work again on the next one or the day after it.</p>
<p>Call us if the skin turns white, if the pain comes back at once, or if you are worried.</p>
"""
AROUND = """
<div class="share-buttons"><a href="/f">Facebook</a> <a href="/t">Share this page</a></div>
<div class="related"><h3>Related articles</h3><a href="/x">Ten foods that warm you</a></div>
<aside><p>Sign up for our newsletter</p></aside>
<div class="author-bio"><p>Jane Roe writes about winter.</p></div>
<p>© 2026 Example Health. All rights reserved.</p>
"""
KEPT = [
    "grows back.",
    "What to expect",
    "• a cold feeling",
    "• a small bruise",
    "the day after it.",
]
LEFT_OUT = ["Facebook", "Related articles", "Ten foods", "newsletter", "Jane Roe", "©"]


@pytest.mark.parametrize(
    "page",
    [
        "<html><body><main>{}{}</main></body></html>",
        "<html><body><div class='page'>{}</div>{}</body></html>",
        "<html><body><article>{}</article><article>{}</article></body></html>",
        "<html><body><!-- a --><?php x ?><div>{}<!--[if IE]>x<![endif]-->{}</div></body></html>",
    ],
    ids=["main", "plain", "articles", "comments"],
)
def test_what_is_around_a_text_is_left_out(page: str) -> None:
    text = from_html(page.format(TEXT, AROUND))[0]
    assert [words for words in KEPT if words not in text] == []
    assert [words for words in LEFT_OUT if words in text] == []


def test_a_heading_of_the_text_stays_with_it() -> None:
    page = f"<html><body><h1>Cold for pain</h1><div>{TEXT}</div></body></html>"
    assert from_html(page)[0].startswith("Cold for pain\n")


def test_a_page_of_short_lines_alone_is_read() -> None:
    page = "<html><body><p>Ice.</p><p>Snow.</p></body></html>"
    assert "Ice." in from_html(page)[0]


@pytest.mark.parametrize("linked", [False, True])
def test_the_sources_below_a_text_that_marks_no_main_part_are_kept(linked: bool) -> None:
    one = "Hale T, Ode R. Warm elbows in a clinic. J Warm Care. 2019;4:11-19."
    item = f'<a href="https://example.org/1">{one}</a>' if linked else one
    page = f"""<html><body><h1>Heat wraps for the elbow</h1>
    <p>A heat wrap warms the skin over the elbow and eases stiffness within twenty minutes (1). It
    does not heal the tendon, and it suits people who have had pain for more than six weeks.</p>
    <h2>Afterwards</h2><p>You can move your arm straight away. Call us if the skin is red.</p>
    <h2>References</h2><ol><li>{item}</li>
    <li>Byrne K. Stiffness after a year. Elbow Rev. 2020;2:1-9.</li></ol>
    <ul><li><a href="/s">Sources</a></li></ul>
    <footer><p>© 2024 The elbow clinic</p></footer></body></html>"""
    text, _title = from_html(page)
    assert text.rstrip().endswith(
        f"References\n\n• {one}\n• Byrne K. Stiffness after a year. Elbow Rev. 2020;2:1-9."
    )
