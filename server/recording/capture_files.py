"""Captures of other tools, line by line: .jsonl.gz files of onebook's tests, and files of hftbacktest's collector."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple

from ..errors import OnebookError
from ..units import SECOND

RECEIVED, SENT, ANSWERED, CONNECTED = "recv", "send", "http", "connect"
KINDS = {RECEIVED: RECEIVED, SENT: SENT, ANSWERED: ANSWERED, CONNECTED: CONNECTED, "shape": RECEIVED}
"""Kinds of lines. A shape is a single message, without a connection."""


class CaptureError(OnebookError):
    """A capture cannot be read; the text is one clear line."""


class Line(NamedTuple):
    """One line of a capture."""

    time: int
    """Time of receipt, nanoseconds UTC; of a line without one, that of the line before, or 0."""
    kind: str
    address: str
    """Of the websocket, or of the request."""
    body: bytes


def read_jsonl(path: Path) -> Iterator[Line]:
    """Lines {"t": seconds as text or null, "k": kind, "u": address, "d": body as text}. Raises CaptureError."""
    time = 0
    for number, text in _lines(path):
        line = _line(path, number, text, time)
        time = line.time
        yield line


def _line(path: Path, number: int, text: str, before: int) -> Line:
    try:
        line = json.loads(text)
        time = before if line["t"] is None else int(Decimal(line["t"]) * SECOND)
        return Line(time, KINDS[line["k"]], line["u"], line["d"].encode())
    except (ValueError, KeyError, TypeError, AttributeError, InvalidOperation) as error:
        raise CaptureError(f"{path}: line {number} is not a line of a capture: {error!r:.100}") from error


def read_hftbacktest(path: Path) -> Iterator[Line]:
    """Lines `NANOSECONDS JSON` of one symbol: messages of a combined stream, and answers with a whole book.

    Raises CaptureError.
    """
    symbol = path.name.partition("_")[0].partition(".")[0].upper()
    for number, text in _lines(path):
        stamp, _space, body = text.partition(" ")
        body = body.rstrip("\n")
        try:
            time, read = int(stamp), json.loads(body)
        except ValueError as error:
            raise CaptureError(f"{path}: line {number} is not NANOSECONDS JSON: {error}") from error
        if isinstance(read, dict) and "lastUpdateId" in read and "stream" not in read:
            yield Line(time, ANSWERED, f"/depth?symbol={symbol}", body.encode())
        else:
            yield Line(time, RECEIVED, "", body.encode())


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8", newline="\n") as file:
            yield from enumerate(file, 1)
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise CaptureError(f"{path} cannot be read: {error}") from error
