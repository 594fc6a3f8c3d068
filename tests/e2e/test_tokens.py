"""Tokens from the operator's first command to a bot that was shut out, with the real programs."""

from __future__ import annotations

import re
import signal
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.waiting import eventually

from .processes import Server, Simulator, Yard


@pytest.fixture(scope="module")
def simulator(shared_yard: Yard) -> Simulator:
    return shared_yard.simulator()


def new(yard: Yard, folder: Path, name: str, *words: str) -> Path:
    """A file with a new token, whose entry is in the tokens file of the folder."""
    made = yard.run("-m", "cli", "token", "new", "--name", name, "--tokens", str(folder / "tokens.toml"), *words)
    assert made.returncode == 0, made
    path = folder / f"{name}.token"
    path.write_text(made.stdout)
    return path


def watch(yard: Yard, server: Server, *words: str) -> CompletedProcess[str]:
    return yard.run("-m", "cli", "watch", "--once", "--json", "--server", server.address, *words)


def test_from_a_new_token_to_one_that_is_gone(yard: Yard, simulator: Simulator, tmp_path: Path) -> None:
    bot = new(yard, tmp_path, "bot1")
    ops = new(yard, tmp_path, "ops", "--rights", "read,control", "--expires", "1d")
    server = yard.serve(simulator, "--tokens", str(tmp_path / "tokens.toml"))
    eventually(lambda: server.said("is ready"), "a live book")

    said = watch(yard, server)
    assert (said.returncode, said.stdout, said.stderr.count("\n")) == (1, "", 1)
    assert "this server needs a token" in said.stderr
    assert watch(yard, server, "--token-file", str(bot)).returncode == 0

    pause = ("-m", "cli", "control", "pause", next(iter(simulator.venues)), "--server", server.address, "--token-file")
    said = yard.run(*pause, str(bot))
    assert said.returncode == 1
    assert "token 'bot1' has no right 'control', which this call needs" in said.stderr
    assert yard.run(*pause, str(ops)).returncode == 0

    entries = tmp_path / "tokens.toml"
    text = entries.read_text()
    entries.write_text(f"{text}rights = [")
    server.signal(signal.SIGHUP)
    eventually(lambda: server.said("could not be read again", "error"), "a word on the broken file")
    assert watch(yard, server, "--token-file", str(bot)).returncode == 0

    entries.write_text(text[text.index('[[token]]\nname = "ops"') :])
    server.signal(signal.SIGHUP)
    eventually(lambda: server.said("1 tokens were read from"), "the new tokens")
    said = watch(yard, server, "--token-file", str(bot))
    assert (said.returncode, "does not know this token" in said.stderr) == (1, True)

    secrets = [re.split("_", path.read_text().strip())[2] for path in (bot, ops)]
    assert not any(secret in server.errors() for secret in secrets)


def test_a_broken_file_stops_the_start(yard: Yard, tmp_path: Path) -> None:
    (tmp_path / "tokens.toml").write_text('[[token]]\nname = "bot"\nsecret = "hunter2"\n')
    done = yard.run("server.py", "--pair", "BTC/USDT", "--port", "0", "--tokens", str(tmp_path / "tokens.toml"))
    assert done.returncode == 2
    assert "tokens.toml:3: secret: this file has no secrets" in done.stderr
    assert "hunter2" not in done.stderr
