"""docs/http.md: the programs that read a websocket, run as they stand there against a server of this test."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests import browser as chromium
from tests.captures import ROOT

from .http_rig import HttpRig

SECTION = (ROOT / "docs" / "http.md").read_text().partition("## Websocket\n")[2].partition("\n## ")[0]


def program(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)
    return str(found)


def test_the_program_in_python(web: HttpRig) -> None:
    text = program("python")
    assert text.count("localhost:8080") == 1
    command = [sys.executable, "-c", text.replace("localhost:8080", f"127.0.0.1:{web.server.port}")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        line = running.stdout.readline()
        running.kill()
    assert line == "{'type': 'book', 'bids': [{'price': '100.50'}], 'asks': [{'price': '100.75'}]}\n"


@pytest.mark.slow
def test_the_program_in_a_page(web: HttpRig) -> None:
    chromium.require_browser()
    with chromium.browser() as browser:
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{web.server.port}/page/dom.js")  # Scripts of this origin may connect to it.
        with page.expect_console_message(lambda message: message.type == "log") as heard:
            page.evaluate(f"() => {{ {program('js')} }}")
        assert heard.value.text == "100.50 100.75"
