"""Every public address of an app, taken from its url_map, and what it answers.

A new route is walked at once; one with a part in its address that nothing is known of fails.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from flask import Flask
from werkzeug.routing import BuildError
from werkzeug.test import TestResponse

from evidence.cli import cli
from evidence.knowledge import KnowledgeBase
from webapp import create_app


@dataclass
class World:
    """A base, its instance and a server of them."""

    base: Path
    instance: Path
    app: Flask


def make_world(few: Path, folder: Path, *registers: str) -> World:
    """A copy of the base `few` with these registers for its own, and an empty instance."""
    base, instance = folder / "base", folder / "instance"
    shutil.copytree(few, base)
    for old in (base / "texts").glob("*.yaml"):
        old.unlink()
    for register in registers:
        name = register.partition("\n")[0].removeprefix("id: ")
        (base / "texts" / f"{name}.yaml").write_text(register, "utf-8")
    instance.mkdir()
    return World(base, instance, create_app(KnowledgeBase(base, instance), instance))


def run(where: World, *words: str, code: int = 0) -> Any:
    """What a command prints as JSON."""
    done = CliRunner().invoke(
        cli, [*words, "--kb", str(where.base), "--instance", str(where.instance), "--json"]
    )
    assert done.exit_code == code, done.output
    return json.loads(done.stdout)


BASE = "http://localhost"
LANGUAGES = ("fr", "en")
#: What an address may ask beside its path, by endpoint: everything in which claims have a part.
QUERIES: dict[str, tuple[str, ...]] = {
    "search.search": ("stance=supports", "stance=qualifies", "stance=contradicts", "q=pain"),
    "search.export_search": ("stance=supports", "stance=contradicts"),
    "feeds.search": ("stance=supports", "q=pain"),
    "evidencemap.evidence_map": ("rows=all", "under=pain", "by=outcome"),
    "evidencemap.evidence_map_csv": ("rows=all",),
    "api.search_json": ("stance=supports", "stance=contradicts"),
    "api.search": ("stance=supports", "stance=contradicts", "q=pain"),
    "api.suggest": ("text=cryoneurolysis",),
    "api.claims": ("limit=200", "verdict=contradicted", "verdict=no-evidence-found"),
    "api.sources": ("limit=200", "status=not-located", "status=unchecked"),
    "texts.text": ("verdict=contradicted", "verdict=no-evidence-found", "view=claims"),
    "texts.compare": ("claim=relief&claim=steady",),
    "indications.index": ("facet=outcome",),
    "annotations.collection": ("page=1",),
}
#: Endpoints that show no text: the desk's are asked only whether they let nobody in; figures count.
_APART = ("static", "desk.", "metrics.")


def addresses(app: Flask, values: Mapping[str, Iterable[str]]) -> list[str]:
    """The public addresses of an app; `values` are those of the parts of an address."""
    found = []
    build = app.url_map.bind("localhost").build
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint.startswith(_APART):
            continue
        names = sorted(rule.arguments)
        if unknown := set(names) - values.keys():
            pytest.fail(f"{rule} is walked only when tests/webapp say what {unknown} may be")
        for chosen in product(*(values[name] for name in names)):
            try:
                path = build(rule.endpoint, dict(zip(names, chosen, strict=True)))
            except (BuildError, ValueError):  # an extension this rule does not have
                continue
            found += [path, *(f"{path}?{query}" for query in QUERIES.get(rule.endpoint, ()))]
    return sorted(set(found))


def ask(app: Flask, address: str, language: str = "en") -> TestResponse:
    """What a stranger is answered."""
    client = app.test_client(use_cookies=False)
    headers = {"Accept-Language": language}
    return client.get(address, headers=headers, base_url=BASE, follow_redirects=True)


def walk(
    app: Flask, values: Mapping[str, Iterable[str]]
) -> Iterator[tuple[str, str, TestResponse]]:
    """Every public address in each language: address, language, answer."""
    for address in addresses(app, values):
        for language in LANGUAGES:
            yield address, language, ask(app, address, language)


#: What may differ between two servers that say the same: dates of files, times, who decided.
_ASIDE = re.compile(
    r'<p class="review">.*?</p>|<updated>[^<]*</updated>|<lastmod>[^<]*</lastmod>'
    r'|"took_ms": ?[\d.]+|Content-Length: \d+'
    r'|"(?:index_seconds|journal_events|disk_free_bytes)": ?(?:\d+|null)',
    re.DOTALL,
)


def told(body: str) -> list[str]:
    """A body without what may differ between two servers that say the same.

    The entries of a feed stand in the order of their dates, which are such a thing.
    """
    head, *entries = re.split(r"(?=<entry>)|(?=</feed>)", _ASIDE.sub("", body))
    return [head, *sorted(entries)]


def links(body: str) -> set[str]:
    """The addresses of the app itself that a body names, whatever its form."""
    whole = re.findall(rf"{BASE}(/[^\"'<>\s\\)]*)", body)
    local = re.findall(r'(?:href|src|action)="(/[^"]*)"', body)
    paths = (unescape(unescape(path)) for path in (*whole, *local))
    return {path.partition("#")[0] for path in paths if not urlsplit(path).path.startswith("/desk")}
