"""The app factory: pages by concept, security headers, languages, errors."""

from __future__ import annotations

import hashlib
import importlib.metadata
from pathlib import Path
from typing import Any

from flask import Flask

from evidence.knowledge import KnowledgeBase
from evidence.search.protocol import SearchEngine
from evidence.standing import Assembler
from evidence.wording.catalogue import compile_catalogues
from webapp import outage
from webapp.api import openapi
from webapp.desk import setup as desk_setup
from webapp.exports import annotations as web_annotations
from webapp.exports import feeds, sitemap, unapi
from webapp.exports import setup as exports_setup
from webapp.http import (
    caching,
    compression,
    error_pages,
    fragments,
    health,
    logs,
    metrics,
    security,
    watching,
)
from webapp.pages import (
    changes,
    evidence_map,
    figures,
    guide,
    indications,
    outcomes,
    pico,
    references,
    review,
    search,
    sources,
    texts,
)
from webapp.site import Site
from webapp.wording import display, examined, gettext, language, words
from webapp.wording.templates import LanguageEnvironment

#: Installed in this order: the watch, which looks before anything is read; what writes and counts
#: requests, compression, so that these are the last to see an answer; then the desk, so that its
#: rules come before those of the pages.
FRAME = (
    *(watching, logs, metrics, compression, desk_setup, language, caching, fragments, security),
    *(error_pages, outage),
)
WORDS = (gettext, words, display, exports_setup, figures, examined, outcomes)
#: Modules with addresses.
PAGES = (
    *(texts, changes, references, search, indications, sources, guide),
    *(evidence_map, figures, outcomes, pico, review),
)
FOR_PROGRAMS = (openapi, feeds, unapi, sitemap, web_annotations, health, metrics)
#: What somebody who is not signed in can make the server read; the desk allows more.
MAX_BODY = 64 * 1024  # bytes


def _version() -> str:
    try:
        return importlib.metadata.version("evidence-base")
    except importlib.metadata.PackageNotFoundError:
        return "0"


def _digest_of(folder: Path) -> str:
    """A short hash of the files of a folder: changes when a page could look different."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in {".html", ".css", ".js", ".svg", ".mo", ".py"}:
            digest.update(path.name.encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def create_app(
    kb: KnowledgeBase,
    instance: Path,
    engine: SearchEngine | None = None,
    settings: dict[str, Any] | None = None,
    assembler: Assembler | None = None,
) -> Flask:
    """The app that shows one knowledge base.

    Args:
        kb: the knowledge base; it is read again whenever its files change.
        instance: the folder this instance writes to; the index is there.
        engine: an open search engine; without one, the index of the instance is opened
            (and built where needed) at the first search.
        settings: Flask settings that differ from the defaults, for tests.
        assembler: where the texts come from, when it is not this base and this instance.
    """
    compile_catalogues()
    app = Flask("webapp", static_folder="static", instance_path=str(Path(instance).absolute()))
    app.jinja_environment = LanguageEnvironment
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_MEMORY_SIZE=MAX_BODY,
        SEND_FILE_MAX_AGE_DEFAULT=31_536_000,  # addresses of static files carry a hash
        WATCH_FILES=assembler is None and engine is None,  # whoever brings a state shows that
        SHOW_ORIGINALS=True,  # the pages that were loaded, which belong to their publishers
    )
    app.config.update(settings or {})
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True

    site = Site(
        kb,
        Path(instance),
        assembler or Assembler(kb, Path(instance)),
        engine,
        _version(),
        _digest_of(Path(__file__).parent),
    )
    app.extensions["site"] = site

    appearance = site.appearance  # not the site, which gives way to newer ones

    def static_url(name: str) -> str:
        return fragments.address("static", filename=name, v=appearance)

    app.jinja_env.globals["static_url"] = static_url
    for part in (*FRAME, *WORDS):
        part.install(app)
    for module in (*PAGES, *FOR_PROGRAMS):
        app.register_blueprint(module.blueprint)
    return app
