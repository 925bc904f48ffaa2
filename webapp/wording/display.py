"""What templates need to print the data: typography, language of parts, addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from flask import Flask, current_app, url_for
from markupsafe import Markup, escape
from pyphen import Pyphen
from werkzeug.local import LocalProxy

from evidence.anchoring.anchor import text_fragment
from evidence.anchoring.located import Located
from evidence.claims.claim import Anchor, Bilingual, Claim, Link
from evidence.wording import results, typeset
from evidence.wording.results import Result, Said
from evidence.wording.terms import capitalised, name
from references.errors import message_of
from references.formats.jsonl import BIBLIOGRAPHIC
from references.hosts import KINDS, is_address, seen_at
from references.record import Reference
from webapp.site import site, standing
from webapp.wording import citation, gettext
from webapp.wording.language import address_with, chosen_language, chosen_theme, translated

_LONG = re.compile(r"[^\W\d_]{10,}")


def localised(text: Bilingual | None) -> str:
    """A bilingual text in the language of the page, set as that language is printed."""
    language = chosen_language()
    return typeset(text[language], language) if text else ""


def coded(words: str) -> Markup:
    """What stands between backticks, as code."""
    parts = [
        Markup("<code>{}</code>").format(part) if i % 2 else escape(part)
        for i, part in enumerate(words.split("`"))
    ]
    return Markup("").join(parts)


def prose(text: Bilingual | None) -> Markup:
    """A text in the language of the page, every key in it a link to its reference."""

    def linked(reference: Reference) -> str:
        address = url_for("library.reference", key=reference.key)
        return str(Markup('<a href="{}">{}</a>').format(address, byline(reference)))

    escaped = str(escape(localised(text)))
    return Markup(site().kb.library.with_named(escaped, linked))  # noqa: S704 - escaped just now


def byline(reference: Reference) -> str:
    """The short name of a reference, as the language of the page has it."""
    return reference.byline_in(chosen_language())


def said(words: Said) -> Markup:
    """Words of a study, marked with their language where it is not that of the page."""
    if words.language == chosen_language():
        return escape(words.text)
    return Markup('<span lang="{}">{}</span>').format(words.language, words.text)


def english(text: str) -> Markup:
    """A sentence that is kept in English only, marked as such on a French page."""
    return said(Said(typeset(text, "en"), "en"))


def stored_sentence(entry: Mapping[str, Any], name: str) -> Markup:
    """A sentence kept in the result of a check, in the language of the page.

    Older results have it in English only, marked as such.
    """
    if parts := entry.get(f"{name}_parts"):
        return Markup.escape(translated(message_of(parts)))
    return english(entry[name])


def moment(when: str) -> str:
    """A time as it was stored (ISO 8601, UTC), in the manner of the language."""
    try:
        return gettext.moment(datetime.fromisoformat(when))
    except ValueError:
        return when


def title_of(reference: Reference) -> str:
    """The title of a reference, typeset in its own language."""
    return typeset(reference.title, reference.language or "en")


def lang_of(reference: Reference) -> str:
    """The language of a reference's title: as recorded, else English."""
    return reference.language if len(reference.language) == 2 else "en"


def entered(reference: Reference) -> date | None:
    """The day on which a reference entered the library; None where its record does not say."""
    try:
        return date.fromisoformat(reference.added)
    except ValueError:
        return None


def related_to(reference: Reference) -> list[tuple[str, Reference]]:
    """The records that a reference is related to, each after the word for what it is to them."""
    library, language = site().kb.library, chosen_language()
    related = library.related_to(reference.key)
    return [(capitalised(results.relation_word(r, language)), library[r.key]) for r in related]


def results_for(link: Link, reference: Reference | None) -> tuple[Result, ...]:
    """The findings of a reference that a link rests on."""
    if reference is None or not link.finding:
        return ()
    return results.results_with(reference, link.finding, chosen_language())


def seen_places(reference: Reference) -> list[tuple[str, str, str]]:
    """Where its facts were seen: what kind of place that is, its address as shown, its address.

    Those that readers trust most come first. A source whose address was not kept has the kind only.
    """
    language = chosen_language()
    places = {}
    for source in sorted(reference.provenance, key=lambda one: KINDS.index(seen_at(one.address))):
        word = capitalised(results.seen_word(source.address, language))
        address = source.address if is_address(source.address) else ""
        places[word, address] = address.partition("://")[2].removeprefix("www.").rstrip("/")
    return [(word, shown, address) for (word, address), shown in places.items()]


def references_of(claim: Claim) -> int:
    """How many different references a claim is linked to."""
    return len({link.reference for link in claim.links})


def passage_address(url: str, anchor: Anchor) -> str:
    """The address that opens the live page at a passage, or "" without a page."""
    return url.partition("#")[0] + text_fragment(anchor) if url else ""


@lru_cache(maxsize=2048)
def breakable(words: str, language: str) -> str:
    """Long words with soft hyphens between their syllables, for the heads of narrow columns."""
    hyphens = Pyphen(lang={"fr": "fr_FR", "en": "en_GB"}.get(language, "en_GB"), left=4, right=4)
    return _LONG.sub(lambda match: hyphens.inserted(match.group(), "\u00ad"), words)


def page_context() -> dict[str, Any]:
    """What every page shows around its content."""
    language = chosen_language()
    return {
        "lang": language,
        "theme": chosen_theme(),
        "site": site(),
        "kb": site().kb,
        "base_name": site().kb.name(language),
    }


def runs(passage: Iterable[tuple[str, bool]]) -> Markup:
    """A passage in its runs, those that match a search marked."""
    return Markup(  # noqa: S704 - every part is escaped
        "".join(f"<mark>{escape(run)}</mark>" if match else escape(run) for run, match in passage)
    )


@lru_cache(maxsize=512)
def icon(name: str, cls: str = "") -> Markup:
    """A symbol of `_marks.svg`; it never stands without words."""
    return Markup('<svg class="{}" aria-hidden="true"><use href="#m-{}"/></svg>').format(
        f"icon {cls}".rstrip(), name
    )


def install(app: Flask) -> None:
    """Give the templates these helpers."""
    app.jinja_env.filters.update(
        localised=localised,
        prose=prose,
        english=english,
        said=said,
        breakable=breakable,
        typeset=typeset,
        capfirst=capitalised,
        runs=runs,
        coded=coded,
        looked_in_words=lambda place: name("looked-in", place, chosen_language()),
    )
    app.jinja_env.globals.update(
        address_with=address_with,
        moment=moment,
        citation_of=citation.vancouver,
        CITED=BIBLIOGRAPHIC,
        byline=byline,
        entered=entered,
        external=external_addresses,
        icon=icon,
        harms_of=lambda reference: results.harms_of(reference, chosen_language()),
        lang_of=lang_of,
        level_of=lambda reference, kind="efficacy": site().studies.level(reference, kind),
        passage_address=passage_address,
        passage_shown=passage_shown,
        references_of=references_of,
        related_to=related_to,
        result_of=lambda finding: results.result_of(finding, chosen_language()),
        results_for=results_for,
        results_of=lambda reference: results.results_of(reference, chosen_language()),
        seen_places=seen_places,
        stored_sentence=stored_sentence,
        study_words=lambda study, name: results.study_words(study, name, chosen_language()),
        title_of=title_of,
    )
    # For macros, which know nothing of the page around them.
    app.jinja_env.globals["kb"] = LocalProxy(lambda: site().kb)
    app.jinja_env.globals["base_name"] = LocalProxy(lambda: site().kb.name(chosen_language()))
    app.context_processor(page_context)


def passage_shown(text_id: str, claim_id: str) -> Located | None:
    """Where a claim stands on the page, when the words of the page may be shown and it does."""
    if not current_app.config["SHOW_ORIGINALS"]:
        return None
    located = standing().text(text_id).located.get(claim_id)
    return located if located and located.around else None


def external_addresses(reference: Reference) -> list[tuple[str, str, str]]:
    """Where a reference can be read: name, identifier shown, address."""
    addresses = []
    if reference.doi:
        addresses.append(
            ("DOI", reference.doi, f"https://doi.org/{quote(reference.doi, safe='/():')}")
        )
    if reference.pmid:
        addresses.append(
            ("PubMed", reference.pmid, f"https://pubmed.ncbi.nlm.nih.gov/{quote(reference.pmid)}/")
        )
    if reference.pmcid:
        addresses.append(
            (
                "PMC",
                reference.pmcid,
                f"https://pmc.ncbi.nlm.nih.gov/articles/{quote(reference.pmcid)}/",
            )
        )
    if reference.url.startswith(("https://", "http://")):
        host = reference.url.split("/")[2].removeprefix("www.")
        addresses.append(("", host, reference.url))
    return addresses
