"""What the tests of the app share: the text they read, and what a page is to them."""

from __future__ import annotations

from collections.abc import Callable

from bs4 import BeautifulSoup

TEXT = "vulvodynie-cryoneurolyse"
Page = Callable[..., BeautifulSoup]
