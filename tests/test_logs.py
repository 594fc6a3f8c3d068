"""A log line is one line, in characters that can be printed, however odd what it quotes, and has its fields."""

from __future__ import annotations

import ast
import io
import json
import logging
import os
import re
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
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


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the log writes to; everything is as it was afterwards."""
    out = io.StringIO()
    for hook in ("excepthook", "unraisablehook"):
        monkeypatch.setattr(sys, hook, getattr(sys, hook))
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield out
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)


@pytest.mark.parametrize("as_json", [False, True])
def test_every_message_is_one_line(as_json: bool, stream: io.StringIO) -> None:
    logs.configure("info", as_json, stream)
    logging.getLogger("server.x").warning("venue said %s", ODD)
    lines = stream.getvalue().split("\n")
    assert len(lines) == 2
    assert lines[1] == ""
    message: Any = json.loads(lines[0])["message"] if as_json else lines[0]
    assert message.isprintable()
    assert len(message) < 3000
    assert "venue said a\\nb\\r\\x1b[31mred" in message


TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


def test_text_has_date_and_utc(stream: io.StringIO) -> None:
    logs.configure("info", False, stream)
    logging.getLogger("server.x").info("hello")
    assert re.fullmatch(rf"{TIME} INFO    hello\n", stream.getvalue())


def objects(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_json_has_what_a_line_is_about_in_fields(stream: io.StringIO) -> None:
    logs.configure("info", True, stream)
    log = logging.getLogger("server.x")
    log.info("%s is live", "it", extra=logs.about("book_live", "BTC/USDT", "x"))
    log.warning("no more")
    try:
        raise ValueError("a\nb")
    except ValueError:
        log.exception("it failed", extra=logs.about("defect", venue="y"))
    first, second, third = objects(stream)
    assert re.fullmatch(TIME, first.pop("time"))
    assert first == {
        "level": "info", "event": "book_live", "market": "BTC/USDT", "venue": "x", "message": "it is live",
        "logger": "server.x", "thread": "MainThread",
    }  # fmt: skip
    assert (second["level"], second["event"], second["market"], second["venue"]) == ("warning", "message", None, None)
    assert third["venue"] == "y"
    assert third["market"] is None
    assert third["exception"].startswith("Traceback")
    assert third["exception"].endswith("ValueError: a\nb")


def test_all_that_python_says_by_itself_is_in_the_log(stream: io.StringIO) -> None:
    logs.configure("info", True, stream)
    logs.catch_everything()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = logging._showwarning  # type: ignore[attr-defined]  # pytest has put its own there.  # noqa: SLF001 - the standard library has no public name for it
        warnings.warn("old thing", DeprecationWarning, stacklevel=1)
    thread = threading.Thread(target=lambda: os.environ["MISSING"], name="poor")
    thread.start()
    thread.join()
    sys.excepthook(ValueError, ValueError("main"), None)
    sys.unraisablehook(type("Args", (), {"exc_type": OSError, "exc_value": OSError("gone"), "exc_traceback": None,
                                         "err_msg": None, "object": "it"})())  # fmt: skip
    found = objects(stream)
    assert [line["logger"] for line in found] == ["py.warnings", "onebook", "onebook", "onebook"]
    assert "old thing" in found[0]["message"]
    assert "poor" in found[1]["message"]
    assert [line["exception"].splitlines()[-1] for line in found[1:]] == [
        "KeyError: 'MISSING'", "ValueError: main", "OSError: gone",
    ]  # fmt: skip


@pytest.mark.parametrize("as_json", [False, True])
def test_a_line_that_cannot_be_made_is_told(as_json: bool, stream: io.StringIO) -> None:
    logs.configure("info", as_json, stream)
    logging.getLogger("server.x").info("%d", "no number")
    (line,) = stream.getvalue().splitlines()
    message = json.loads(line)["message"] if as_json else line
    assert "could not be logged" in message
    assert "%d" in message


@given(st.text(), st.text(), st.text())
def test_any_text_is_json(message: str, market: str, trace: str) -> None:
    record = logging.makeLogRecord({"msg": "%s", "args": (message,), "market": market, "exc_info": None})
    record.exc_info = (ValueError, ValueError(trace), None)
    line = logs.JsonFormatter().format(record)
    assert line.isascii()
    assert "\n" not in line
    assert json.loads(line)["market"] == (market[: logs.NAME] or None)


LOGGERS = {"log", "_log"}
METHODS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
SERVER = Path(logs.__file__).parent


def log_calls() -> Iterator[tuple[Path, ast.Call]]:
    for path in SERVER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
                owner = node.func.value
                name = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
                if name in LOGGERS and not (isinstance(owner, ast.Attribute) and node.func.attr == "warning"):
                    yield path, node


def test_every_line_of_ours_names_its_event() -> None:
    calls = list(log_calls())
    assert len(calls) > 30
    for path, call in calls:
        assert any(keyword.arg == "extra" for keyword in call.keywords), f"{path}:{call.lineno}"
