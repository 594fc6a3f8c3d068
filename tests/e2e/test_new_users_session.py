"""docs/recording.md: the session of a new user, run as it stands there, with a shorter recording."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from .processes import ROOT, environment

SECTION = (ROOT / "docs" / "recording.md").read_text().partition("## A new user's session\n")[2].partition("\n## ")[0]
BLOCKS = re.findall(r"^```(sh|python)\n(.*?)^```", SECTION, re.DOTALL | re.MULTILINE)
LONG = "sleep 60\n"
"""What is shorter here."""
SECONDS = 6
SAID = {
    "onebook sim": "rec: all checksums are right, the chain is whole, nothing is missing\n",
    "onebook replay": " 0 differ, and 0 were not seen.\n",
    "for day in": "\ntime|side|price|qty\n",
    "onebook export": "book_change: ",
    "import duckdb": "bitstamp",
    "import pandas": "open ",
    "onebook report": "binance: 2 books live ",
}
"""What each block prints among other things, by the words with which the block begins."""


class Session:
    """One folder in which the blocks are run, one after the other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "session"
        self.folder.mkdir()
        commands = folder / "bin"
        commands.mkdir()
        onebook = commands / "onebook"
        onebook.write_text(f'#!/bin/sh\nexec {sys.executable} -m cli "$@"\n')
        onebook.chmod(0o700)
        self._environment = environment(PATH=f"{commands}{os.pathsep}{os.environ['PATH']}")

    def run(self, language: str, code: str) -> str:
        """What the block prints. Fails unless each of its commands ends well."""
        if language == "sh":
            command = ["bash", "-euc", code.replace(LONG, f"sleep {SECONDS}\n")]
        else:
            command = [sys.executable, "-c", code]
        # A terminal shows both in one place, too.
        with subprocess.Popen(
            command, cwd=self.folder, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, start_new_session=True,
        ) as process:  # fmt: skip
            try:
                shown, _ = process.communicate(timeout=120)
            finally:
                with suppress(ProcessLookupError):  # Nothing that the block began is left over.
                    os.killpg(process.pid, signal.SIGKILL)
        assert process.returncode == 0, shown
        assert "Traceback" not in shown, shown
        return f"\n{shown}"


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    return Session(tmp_path_factory.mktemp("new"))


def missing(code: str) -> str:
    """What the block needs and this machine does not have; empty if there is nothing."""
    programs = [name for name in re.findall(r"^ *(sqlite3)\b", code, re.MULTILINE) if shutil.which(name) is None]
    modules = re.findall(r"^import (\w+)$", code, re.MULTILINE)
    modules += ["pyarrow"] if "parquet" in code else []
    return ", ".join([*programs, *(name for name in modules if importlib.util.find_spec(name) is None)])


def test_every_block_is_known() -> None:
    assert len(BLOCKS) == len(SAID)
    assert SECTION.count(LONG) == 1


@pytest.mark.parametrize("number", range(len(BLOCKS)), ids=[" ".join(code.split()[:2]) for _, code in BLOCKS])
def test_a_block(session: Session, number: int) -> None:
    language, code = BLOCKS[number]
    if missing(code):
        pytest.skip(f"{missing(code)} is not installed")
    (said,) = (words for start, words in SAID.items() if code.startswith(start))
    assert said in session.run(language, code)


def test_the_page_of_the_report_is_there(session: Session) -> None:
    assert (session.folder / "report.html").read_text().startswith("<!DOCTYPE html>")
