"""`make venue-check` and `pytest --venue`: what they choose, and what they say when the name is wrong."""

from __future__ import annotations

import subprocess
import sys

import pytest

from scripts.venue_check import main, parts
from server.venues import VENUES
from simulator.venues import VENUES as EXCHANGES
from tests.test_layout import ROOT

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "say which venue: make venue-check VENUE=kraken"),
        (["krakn"], "no venue is called 'krakn'; the nearest is kraken"),
        (["kraken", "okx"], "no venue is called 'kraken okx'"),
        (["gemini_v2"], "gemini_v2: simulator/venues/__init__.py has no such exchange"),
    ],
)
def test_a_wrong_name_is_told(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    assert main(arguments) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("venue", [name for name in VENUES if name in EXCHANGES])
def test_every_venue_can_be_checked(venue: str) -> None:
    """Each part runs files that there are, the venue's own tests among them."""
    made = dict(parts(venue))
    named = [
        word for command in made.values() for word in command if word.startswith(("tests/", "server/", "simulator/"))
    ]
    assert all((ROOT / name).exists() for name in named), named
    module = VENUES[venue].__module__.rpartition(".")[2]
    assert f"server/venues/{module}.py" in made["style"]
    assert made["its own tests"][-1].startswith("tests/"), "the venue has no tests of its own"


def test_the_first_part_that_fails_ends_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    ran: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        ran.append(command)
        return subprocess.CompletedProcess(command, 0 if len(ran) < 3 else 5)

    monkeypatch.setattr(subprocess, "run", run)
    assert main(["kraken"]) == 5
    assert len(ran) == 3
    assert "kraken: its own tests failed; run it again with" in capsys.readouterr().err


def test_of_the_tests_of_all_venues_those_of_one_are_run() -> None:
    names = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "--venue", "gate", "tests/venues/test_minimums.py",
         "tests/venues/test_subscribing.py", "tests/venues/test_gate.py", "tests/venues/test_kucoin.py", "-p",
         "no:cacheprovider"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    tests = [name for name in names if "::" in name]
    assert any("test_gate.py" in name for name in tests)
    assert any("test_subscribing.py" in name and "[gate]" in name for name in tests)
    others = [name for name in tests if "kucoin" in name or "gate_futures" in name]
    assert not others, f"{others} are of other venues"
