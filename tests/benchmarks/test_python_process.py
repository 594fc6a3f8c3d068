"""A process of a benchmark is a true `python -m`, on the core that is asked for; its twin of --quick is forked."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks import python_process
from benchmarks.python_process import Started, outcome

from . import quick

Start = Callable[..., Started]
WHERE = "tests.benchmarks.where"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the benchmarks pin cores: they need Linux")


@pytest.fixture(params=[python_process.start, quick.Forked], ids=["true", "forked"])
def start(request: pytest.FixtureRequest) -> Start:
    made: Start = request.param
    return made


def test_it_runs_on_its_core_with_its_words_and_its_environment(start: Start) -> None:
    cores = sorted(os.sched_getaffinity(0))
    assert outcome(start([WHERE, "a word"], 0, more={"WHERE": "here"})) == f"['a word'] here {cores[:1]}\n"
    assert sorted(os.sched_getaffinity(0)) == cores


def test_it_runs_where_its_starter_runs(start: Start) -> None:
    assert outcome(start([WHERE])) == f"[]  {sorted(os.sched_getaffinity(0))}\n"


def test_what_fails_is_said(start: Start) -> None:
    with pytest.raises(RuntimeError, match="status 1"):
        outcome(start(["no_such_module"]))


def test_both_outputs_go_to_a_log(start: Start, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as file:
        process = start(["no_such_module"], log=file)
    assert process.wait(20) == 1
    assert process.stdin is not None
    process.stdin.close()
    assert "No module named no_such_module" in log.read_text()
