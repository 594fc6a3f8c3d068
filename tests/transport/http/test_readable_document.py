"""docs/http.md: every command of the readable paths, run as it stands there against a server of this test."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import Any

import pytest

from tests.captures import ROOT

from .http_rig import HttpRig

SECTION = (ROOT / "docs" / "http.md").read_text().partition("## Readable paths\n")[2].partition("\n## ")[0]
COMMANDS = re.findall(r"^\$ (curl .*)\n((?:(?!\$ |```).*\n)+)", SECTION, re.MULTILINE)
"""Each command, and what it prints."""
pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="the commands of the document are curl's")


def run(web: HttpRig, command: str) -> str:
    """What the command prints, of which a stream prints for one second."""
    assert command.count("localhost:8080") == 1
    here = command.replace("localhost:8080", f"127.0.0.1:{web.server.port}").replace("curl ", "curl --max-time 1 ", 1)
    if "/stream/" not in command:
        here = here.replace("--max-time 1", "--fail --max-time 60")
    done = subprocess.run(["/bin/sh", "-c", here], capture_output=True, text=True, check=False)
    assert done.returncode == (28 if "/stream/" in command else 0), done.stderr
    return done.stdout


def example(text: str) -> Any:
    """The JSON that the document shows, without what the document leaves out."""
    return json.loads(re.sub(r",? ?\.\.\.(?=[]}])", "", text))


def test_the_document_has_them_all() -> None:
    assert len(COMMANDS) == 7
    assert example('{"a": [{"b": 1, ...}, ...], "c": "d...", ...}') == {"a": [{"b": 1}], "c": "d..."}


@pytest.mark.parametrize(("command", "shown"), COMMANDS)
def test_a_command_prints_what_the_document_shows(web: HttpRig, command: str, shown: str) -> None:
    printed = run(web, command)
    if ".csv" in command:
        assert printed.splitlines()[0] == shown.splitlines()[0]
        assert [line.partition(",")[0] for line in printed.splitlines()] == ["side", "bid", "ask"]
        return
    start = "data: " if "/stream/" in command else ""
    line = printed.splitlines()[0]
    assert line.startswith(start)
    made: dict[str, Any] = json.loads(line.removeprefix(start))
    wanted: dict[str, Any] = example(shown.partition("\n\n")[0].removeprefix(start))
    assert [name for name in made if name in wanted] == list(wanted)
    assert made.get("type") == wanted.get("type")
    if "..." not in shown:
        assert list(made) == list(wanted)
        assert [type(each) for each in made.values()] == [type(each) for each in wanted.values()]
