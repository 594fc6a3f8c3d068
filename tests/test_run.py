"""A server of a command line: input that cannot work ends it with one line, and what has begun is stopped."""

from __future__ import annotations

import subprocess
import sys

from tests.captures import ROOT

PROGRAM = """
import sys
from server.errors import ConfigError
from server.options import parser
from server.run import run

class App:
    def __init__(self, config): print("made", [str(pair) for pair in config.pairs])
    def start(self, stop): raise ConfigError("no venue can have a pair")
    def stop(self): print("stopped")

sys.exit(run(sys.argv[1:], "onebook serve", parser, App, lambda app: print("started")))
"""


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *words], cwd=ROOT, env={"PYTHONPATH": f"{ROOT}:{ROOT / 'proto'}"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_settings_that_are_wrong_make_no_server() -> None:
    done = run("--pair", "BTC/USDT", "--levels", "0")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("onebook serve: --levels: levels was 0")
    assert done.stderr.count("\n") == 1


def test_a_start_that_fails_is_stopped_in_order() -> None:
    done = run("--pair", "BTC/USDT")
    assert done.returncode == 2
    assert done.stdout == "made ['BTC/USDT']\nstopped\n"
    assert done.stderr == "onebook serve: no venue can have a pair\n"
