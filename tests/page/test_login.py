"""The login of the page in a real browser."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

from tests.browser import View
from tests.e2e.processes import Simulator, Yard
from tests.waiting import eventually

from .conftest import PageServer


def new_token(yard: Yard, tokens: Path) -> str:
    """A token whose entry is in this file."""
    made = yard.run("-m", "cli", "token", "new", "--name", "desk", "--tokens", str(tokens))
    assert made.returncode == 0, made
    return made.stdout.strip()


def test_a_token_opens_the_page_until_the_logout(
    yard: Yard, simulator: Simulator, browser: Any, tmp_path: Path
) -> None:
    tokens = tmp_path / "tokens.toml"
    token = new_token(yard, tokens)
    new_token(yard, tmp_path / "others.toml")
    served = PageServer(yard, simulator, "--tokens", str(tokens))
    view = View(browser, served.url)
    view.wait(lambda: view.page.is_visible("#login"), "the form")
    view.page.fill("#login-token", token[:-1] + ("0" if token[-1] != "0" else "1"))
    view.page.press("#login-token", "Enter")
    view.wait(lambda: "does not know this token" in view.text("#login-problem"), "the refusal")
    view.page.fill("#login-token", token)
    view.page.press("#login-token", "Enter")
    view.wait_for_state("live")
    (cookie,) = view.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["expires"]) == (True, "Strict", -1)
    assert token.rpartition("_")[2] not in cookie["value"]
    assert view.page.evaluate("document.cookie") == ""
    view.page.reload()
    view.wait_for_state("live")
    entries = tokens.read_text()
    tokens.write_text((tmp_path / "others.toml").read_text())
    served.server.signal(signal.SIGHUP)
    view.wait(lambda: view.page.is_visible("#login"), "the form, as the token was withdrawn")
    view.wait_for_state("gone")
    tokens.write_text(entries)
    served.server.signal(signal.SIGHUP)
    eventually(lambda: served.server.errors().count("tokens were read from") == 2, "the token counts again")
    view.page.fill("#login-token", token)
    view.page.press("#login-token", "Enter")
    view.wait_for_state("live")
    view.page.click("#logout")
    view.wait(lambda: view.page.is_visible("#login"), "the form again")
    assert view.context.cookies() == []
    view.close()
    assert view.errors == []
