"""A log line is one line, in characters that can be printed, however odd what it quotes."""

from __future__ import annotations

import io
import json
import logging
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server import logs
from server.printable import MOST, printable

ODD = "a\nb\r\x1b[31mred\x00\u2028\u202e\ud800\x9b" + "x" * 10_000


@given(st.text())
def test_any_text_becomes_printable_and_short(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert len(shown) <= 10 * MOST + 3
    if text.isprintable() and len(text) <= MOST:
        assert shown == text


@pytest.mark.parametrize("as_json", [False, True])
def test_every_message_is_one_line(as_json: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stderr", out)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        logs.configure("info", as_json)
        logging.getLogger("server.x").warning("venue said %s", ODD)
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    lines = out.getvalue().split("\n")
    assert len(lines) == 2
    assert lines[1] == ""
    message: Any = json.loads(lines[0])["message"] if as_json else lines[0]
    assert message.isprintable()
    assert len(message) < 3000
    assert "venue said a\\nb\\r\\x1b[31mred" in message
