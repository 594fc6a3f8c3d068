"""Chromium for tests of pages. Where it is missing the tests are skipped, but not in CI."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.waiting import PATIENCE, eventually

EXECUTABLE = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NOT_INSTALLED = "ONEBOOK_NO_BROWSER"
"""Set by CI where Chromium could not be installed: only then may CI leave these tests out."""
HARMLESS = ("net::ERR_", "Failed to load resource")
"""What Chromium itself says when a server is gone, which some tests want."""


def require_browser() -> None:
    """Skips the test where there is no Chromium; in CI its absence is a failure."""
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError as error:
        missing = str(error)
    else:
        missing = "" if EXECUTABLE else "there is no Chromium"
    if missing and os.environ.get("CI") == "true" and not os.environ.get(NOT_INSTALLED):
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)


@contextmanager
def browser() -> Iterator[Any]:
    """A Chromium without a screen."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=EXECUTABLE, args=["--no-sandbox"])
        try:
            yield made
        finally:
            made.close()


class View:
    """One page in a browser, and all that went wrong in it."""

    def __init__(self, browser: Any, url: str, width: int = 1440, height: int = 900, theme: str = "dark") -> None:
        self.context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(url)

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning") and not any(each in message.text for each in HARMLESS):
            self.errors.append(message.text)

    def text(self, selector: str) -> str:
        return str(self.page.inner_text(selector))

    def wait(self, look: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
        """As eventually(), while the browser works on: its events come in only while it is asked something."""

        def looked() -> Any:
            self.page.wait_for_timeout(20)
            return look()

        return eventually(looked, what, seconds)

    def wait_for_state(self, state: str) -> None:
        """Waits until the page says that it is live, connecting, gone or held."""
        self.wait(lambda: self.page.evaluate("document.body.dataset.feed") == state, f"the page is {state}")

    def close(self) -> None:
        self.context.close()
