"""What the browser tests share."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page
from waitress.server import create_server

from evidence.knowledge import KnowledgeBase
from evidence.search import open_engine
from webapp import create_app

TEXT = "vulvodynie-cryoneurolyse"
Open = Callable[..., Page]


@contextmanager
def served(kb: KnowledgeBase, instance: Path) -> Iterator[str]:
    """Where waitress serves a knowledge base while the block runs."""
    engine = open_engine(kb, instance)
    server = create_server(create_app(kb, instance, engine), host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    thread.join(5)
    engine.close()
