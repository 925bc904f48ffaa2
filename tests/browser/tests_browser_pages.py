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
#: One row: a control of 2.5rem with its padding, 62 pixels; two rows are 110 and more.
ROW = 70
WIDTHS = (320, 360, 414, 600, 700, 768, 820, 1023, 1024, 1087, 1088, 1180, 1280, 1366, 1440)


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


def header_faults(page: Page) -> list[str]:
    """Widths at which the header has more than a row, or more than fits into it."""
    faults = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        height, over = page.evaluate(
            """() => {
              const head = document.querySelector(".site-head");
              const shown = [...head.querySelectorAll("a, button, input, summary, .brand span")]
                .filter(one => one.checkVisibility() && !one.closest(".unseen"));
              const right = Math.max(...shown.map(one => one.getBoundingClientRect().right));
              return [head.getBoundingClientRect().height, right - innerWidth];
            }"""
        )
        if height > ROW or over > 0:
            faults.append(f"{width}: {height} high, {over} over the edge")
    return faults
