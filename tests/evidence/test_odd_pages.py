"""HTML as strangers write it: read, or refused in a sentence, and never a crash."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evidence.originals.convert import convert
from evidence.originals.loaded import OriginalError

WORDS = "Le bain froid calme la douleur des pieds chez les patientes."
P = f"<p>{WORDS}</p>"


def read(page: str | bytes, content_type: str = "") -> str:
    raw = page if isinstance(page, bytes) else page.encode("utf-8", "surrogatepass")
    return convert(raw, "page.html", content_type).text


ODD = {
    "a comment": f"<html><body><!-- menu --><h1>A</h1>{P}</body></html>",
    "a comment before everything": f"<!-- a --><html><!-- b --><head><!-- c --></head>{P}</html>",
    "a comment inside a word of the page": f"<p>{WORDS[:30]}<!-- more -->{WORDS[30:]}</p>",
    "a processing instruction": f"<?php echo 1 ?>{P}<?x y?>",
    "CDATA": f"<![CDATA[ x ]]>{P}",
    "a conditional comment": f"<!--[if IE]><p>Changez !</p><![endif]-->{P}",
    "a conditional comment that shows": f"<![if !IE]>{P}<![endif]>",
    "several articles": f"<article>{P}</article><!-- - --><article><p>Deux.</p></article>",
    "main inside article": f"<article><!-- - --><main>{P}</main></article>",
    "two mains": f"<main>{P}</main><main><p>Deux.</p></main>",
    "a main of comments": f"<main><!-- a --><!-- b --></main>{P}",
    "no body": f"<html><head><title>T</title></head>{P}",
    "frames": f"<html><frameset><frame src=a><noframes>{P}</noframes></frameset></html>",
    "words after the end": f"<html><body></body></html><!-- c -->{P}<?x?>",
    "an empty html": f"<html/><body/>{P}",
    "a page in a page": f"<body><html><head><body><div><html>{P}",
    "XHTML": "<?xml version='1.0' encoding='utf-16'?><!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0 "
    "Strict//EN' 'x'><html xmlns='http://www.w3.org/1999/xhtml' xml:lang='fr'><head>"
    f"<title>T</title></head><body>{P}</body></html>",
    "prefixed names": f"<h:html xmlns:h='http://www.w3.org/1999/xhtml'><h:body>{P}</h:body>",
    "a wrong declaration": f"<meta charset=utf-16><?xml version='1.0' encoding='ucs-4'?>{P}",
    "a mark of byte order and a declaration": f"\ufeff<?xml version='1.0' encoding='latin1'?>{P}",
    "entities of its own": f"<!DOCTYPE html [<!ENTITY x 'y'>]><p>&x;</p>{P}",
    "signs that are none": f"<p>&#xD800; &#0; &#x110000; &nothing; \ud800</p>{P}",
    "tags that are none": f"<1x><p:q/><-y></zz><o:p>z</o:p>{P}",
    "attributes without a value": f"<div style hidden class id role>{P}</div>",
    "a style without a value": f"<p style>a</p><p style=''>b</p>{P}",
    "forms in forms": "<form>" * 500 + P,
    "lists in lists": "<ul><li>" * 700 + P,
    "300 divs": "<div>" * 300 + P + "</div>" * 300,
    "a main of 300 divs": f"<main>{'<div>' * 300}{P * 6}</main>",
    "many comments": "<!-- c -->" * 20_000 + P,
}


@pytest.mark.parametrize("kind", ODD)
def test_odd_pages_give_their_words(kind: str) -> None:
    assert WORDS in read(ODD[kind])


def test_comments_and_instructions_are_no_words_of_the_page() -> None:
    page = f"<div><!-- secret --><?php secret ?><script><!-- secret --></script>{P}</div>"
    assert read(page) == WORDS + "\n"


@pytest.mark.parametrize(
    "page",
    [
        "<!-- only -->",
        "<?xml version='1.0'?>",
        "<!DOCTYPE html>",
        "<html></html>",
        "<",
        " \n",
        "<html><frameset></frameset></html>",
        "<body><!-- a --><?b?></body>",
        "<title>T</title>",
    ],
)
def test_pages_without_words_are_refused_in_a_sentence(page: str) -> None:
    with pytest.raises(OriginalError, match=r"no text|not readable"):
        read(page)


def test_what_lies_ten_thousand_deep_is_not_read() -> None:
    deep = "<div>" * 10_000 + P + "</div>" * 10_000
    with pytest.raises(OriginalError, match="no text"):
        read(deep)
    assert WORDS in read(P + deep)


@pytest.mark.parametrize(
    "charset", ["idna", "punycode", "undefined", "hex", "utf-7", "utf-32", "none", "é", "x" * 999]
)
def test_a_charset_that_is_wrong_does_not_matter(charset: str) -> None:
    assert WORDS in read(P, f"text/html; charset={charset}")
    assert WORDS in read(f"<meta charset='{charset}'>{P}".encode("cp1252"))


@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_encodings_with_their_mark_are_read(charset: str) -> None:
    assert read(f"\ufeff{P}<p>Élancée</p>".encode(charset)) == f"{WORDS}\n\nÉlancée\n"


TAGS = st.sampled_from(
    [
        "html",
        "head",
        "body",
        "main",
        "article",
        "div",
        "p",
        "ul",
        "li",
        "table",
        "tr",
        "td",
        "h1",
        "span",
        "sup",
        "a",
        "button",
        "details",
        "summary",
        "nav",
        "script",
        "style",
        "title",
        "br",
        "frameset",
        "noframes",
        "form",
        "svg",
        "o:p",
        "template",
    ]
)
ATTRIBUTES = st.sampled_from(
    [
        "",
        " style",
        " style='display:none'",
        " hidden",
        " aria-hidden=true",
        " class='sr-only'",
        " role=main",
        " role=dialog",
        " id",
        " class=cookie",
    ]
)
LEAVES = st.one_of(
    st.sampled_from(
        [
            P,
            "<!-- c -->",
            "<!-- - -- - -->",
            "<!-->",
            "<?php x ?>",
            "<?",
            "<!",
            "<![CDATA[x]]>",
            "<![if !IE]>",
            "<![endif]>",
            "<!--[if IE]><p>x</p><![endif]-->",
            "<!DOCTYPE html>",
            "</div>",
            "</body>",
            "</html>",
            "&nbsp;",
            "&#0;",
            "&x;",
            "| 1",
            "\u00a0",
            "<",
            ">",
        ]
    ),
    st.text(max_size=12),
)


def _element(inside: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    children = st.lists(inside, max_size=4).map("".join)
    closed = st.builds(lambda t, a, c: f"<{t}{a}>{c}</{t}>", TAGS, ATTRIBUTES, children)
    left_open = st.builds(lambda t, a, c: f"<{t}{a}>{c}", TAGS, ATTRIBUTES, children)
    return closed | left_open


@given(st.lists(st.recursive(LEAVES, _element, max_leaves=25), max_size=6).map("".join))
@example("<!-- c --><p>x</p>")
def test_any_page_ends_in_words_or_in_a_sentence(page: str) -> None:
    try:
        text, said = read(page), ""
    except OriginalError as error:
        text, said = "", str(error)
    assert re.search(r"\w", text) or said.endswith(".")
