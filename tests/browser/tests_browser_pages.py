"""What the browser tests share."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

TEXT = "vulvodynie-cryoneurolyse"
Open = Callable[..., Page]
