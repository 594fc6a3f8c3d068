"""What an error about a server that is not there tells its reader to type."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from client import AsyncClient, Client, ControlClient, UnavailableError
from client.cli import main
from client.start_command import near, onebook_command, start_command, start_hint


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize(
    ("target", "command"),
    [
        ("127.0.0.1:50052", " serve --pair BTC/USDT"),
        ("unix:/run/onebook.sock", " serve --pair BTC/USDT --host unix:/run/onebook.sock"),
        ("localhost:7000", " serve --pair BTC/USDT --port 7000"),
        ("[::1]:7000", " serve --pair BTC/USDT --port 7000"),
    ],
)
def test_a_server_on_this_machine(target: str, command: str) -> None:
    assert start_command(target) == onebook_command() + command
    assert start_hint(target).startswith("; start one: ")


def test_a_server_elsewhere_is_started_there_by_its_own_command() -> None:
    assert start_hint("10.0.0.7:50052") == "; start one there: onebook serve --pair BTC/USDT --host 10.0.0.7"


def test_the_command_is_the_one_that_works_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = tmp_path / ".venv" / "bin" / "onebook"
    script.parent.mkdir(parents=True)
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script.with_name("python")))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "/usr/bin")
    assert onebook_command() == ".venv/bin/onebook", "the environment is not active"
    monkeypatch.setenv("PATH", str(script.parent))
    assert onebook_command() == "onebook", "it is"


def test_paths_are_short_below_the_working_directory_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert near(tmp_path / "a" / "b") == "a/b"
    assert near(Path("/usr/bin/python")) == "/usr/bin/python"


def test_every_client_says_it(closed_port: int) -> None:
    target = f"127.0.0.1:{closed_port}"
    wanted = rf"connection refused; start one: .*onebook serve --pair BTC/USDT --port {closed_port}$"
    with Client(target) as client, pytest.raises(UnavailableError, match=wanted):
        client.book()
    with Client(target, reconnect=False) as client, pytest.raises(UnavailableError, match=wanted):
        next(iter(client.stream_book()))
    with ControlClient(target) as control, pytest.raises(UnavailableError, match=wanted):
        control.pause("binance")


async def ask(target: str) -> None:
    async with AsyncClient(target) as client:
        await client.book()


def test_the_async_client_says_it_too(closed_port: int) -> None:
    import asyncio

    with pytest.raises(UnavailableError, match=r"connection refused; start one: "):
        asyncio.run(ask(f"127.0.0.1:{closed_port}"))


def test_the_command_line_says_it(closed_port: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--once", "--server", f"127.0.0.1:{closed_port}"]) == 3
    assert f"serve --pair BTC/USDT --port {closed_port}" in capsys.readouterr().err


def test_a_unix_socket_on_which_nobody_listens(tmp_path: Path) -> None:
    missing, dead = tmp_path / "missing.sock", tmp_path / "dead.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(dead))
    for path in (missing, dead):
        target = f"unix:{path}"
        with Client(target, timeout=10) as client, pytest.raises(UnavailableError) as caught:
            client.markets()
        assert str(caught.value).startswith(f"nobody listens on {target}: connection refused; start one: ")
        assert str(caught.value).endswith(f"serve --pair BTC/USDT --host {target}")
