"""The help of every command fits a terminal of 80 columns, and says "per" where a rate or a count is meant."""

from __future__ import annotations

import contextlib
import re

import pytest

from cli import COMMANDS, main

SUBCOMMANDS = {
    "control": ("resync", "reconnect", "pause", "resume", "add-pair", "remove-pair", "add-venue", "remove-venue"),
    "token": ("new", "list"),
    "sql": ("init", "upgrade", "check"),
}
CALLS = [
    (),
    *((name,) for name in COMMANDS),
    *((name, word) for name, words in SUBCOMMANDS.items() for word in words),
]
A_FOR_PER = re.compile(
    r"\b(one|entry|entries|levels|sockets?|streams|requests?|frames?|messages?|object|line|seconds?|steps|port|ports)"
    r" an? (side|venue|second|minute|message|frame|market|connection|line|option)\b"
)


@pytest.mark.parametrize("words", CALLS, ids="_".join)
def test_help_fits_80_columns_and_says_per(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with contextlib.suppress(SystemExit):  # Argument parsers exit after their help; a failure has no usage below.
        main([*words, "--help"])
    shown = capsys.readouterr().out
    assert "usage:" in shown
    assert [line for line in shown.splitlines() if len(line) > 80] == []
    assert A_FOR_PER.search(" ".join(shown.split())) is None
