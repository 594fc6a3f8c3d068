"""What the log says of a server that begins: who can reach its ports."""

from __future__ import annotations

import pytest

from server.cautions import cautions
from server.config import Config
from server.options import read


def parse(*words: str) -> Config:
    return read(("--pair", "BTC/USDT", *words), "server.py")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), []),
        (("--tokens", "t.toml"), []),
        (("--host", "0.0.0.0"), ["anybody who can reach 0.0.0.0 can read"]),
        (("--host", "0.0.0.0", "--tokens", "t.toml"), ["tokens cross the network in plain text"]),
        (("--host", "0.0.0.0", "--tokens", "t.toml", "--tls-cert", "c", "--tls-key", "k"), []),
        (
            ("--host", "0.0.0.0", "--control", "--tls-cert", "c", "--tls-key", "k"),
            ["of this user on this machine alone"],
        ),
    ],
)
def test_warnings_of_who_can_reach_the_port(words: tuple[str, ...], said: list[str]) -> None:
    found = [words for _, words in cautions(parse(*words))]
    assert len(found) == len(said)
    assert all(part in each for part, each in zip(said, found, strict=True))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--http", "8080"), []),
        (("--http-host", "0.0.0.0"), []),
        (("--http", "8080", "--http-host", "0.0.0.0"), ["anybody can read on the port of HTTP at 0.0.0.0"]),
        (("--http", "8080", "--http-host", "0.0.0.0", "--tokens", "t"), ["tokens cross the network in plain text on"]),
        (("--http", "8080", "--http-host", "0.0.0.0", "--tls-cert", "c", "--tls-key", "k"), []),
    ],
)
def test_warnings_of_who_can_reach_the_port_of_http(words: tuple[str, ...], said: list[str]) -> None:
    found = [each for _, each in cautions(parse(*words))]
    assert len(found) == len(said)
    assert all(part in each for part, each in zip(said, found, strict=True))
