"""Bodies of records that are JSON: made in one place, so that every reader finds the same names."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

REST = "rest"
"""The connection of a source that is a REST service."""


def packed(value: Any) -> bytes:
    """A value as JSON, in one line."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def unpacked(body: bytes) -> Any:
    """The value of JSON. Raises ValueError."""
    return json.loads(body)


def source(
    number: int,
    venue: str,
    connection: int | str,
    members: Iterable[Mapping[str, Any]] = (),
    predecessor: int = 0,
) -> bytes:
    """Body of SOURCE: what a source number stands for. `connection` is a number, or REST. `members` describes the
    instruments of the connection: see member(). `predecessor`: the source that this one will replace, or 0."""
    body: dict[str, Any] = {"source": number, "venue": venue, "connection": connection, "members": list(members)}
    return packed({**body, "predecessor": predecessor} if predecessor else body)


def ended_source(number: int) -> bytes:
    """Body of SOURCE: the source has ended, and will have no more records."""
    return packed({"source": number, "ended": True})


def member(
    pair: str,
    instrument: Mapping[str, Any],
    book: str | None,
    trade: str,
    others: Iterable[str],
    provisional: str | None = None,
) -> dict[str, Any]:
    """One instrument of a connection: its pair, its fields as text, and the streams that the connection carries."""
    return {
        "pair": pair,
        "instrument": dict(instrument),
        "book": book,
        "trade": trade,
        "others": list(others),
        "provisional": provisional,
    }


def lost(messages: int, size: int, since: int) -> bytes:
    """Body of LOST: so many messages, of so many bytes, were not kept since this time (nanoseconds UTC)."""
    return packed({"messages": messages, "bytes": size, "since": since})


def damage(reason: str) -> bytes:
    """Body of LOST, as the reader makes it where a file is damaged. How much is missing is not known."""
    return packed({"damage": reason})


def answer_line(method: str, path: str, status: int, headers: Mapping[str, str]) -> bytes:
    """The first line of ANSWER, without the end of the line."""
    return packed({"method": method, "path": path, "status": status, "headers": dict(headers)})


def answer(method: str, path: str, status: int, headers: Mapping[str, str], body: bytes) -> bytes:
    """Body of ANSWER: one line of JSON, then the answer's own body."""
    return b"\n".join((answer_line(method, path, status, headers), body))


def failed(method: str, path: str, error: str, error_class: str, retry_after: float = 0.0) -> bytes:
    """Body of FAILED: a request without an answer, and why; `retry_after`: seconds."""
    return packed({"method": method, "path": path, "error": error, "class": error_class, "retry_after": retry_after})


class Answer(NamedTuple):
    """An ANSWER, taken apart."""

    method: str
    path: str
    status: int
    headers: dict[str, str]
    body: bytes


def answer_of(body: bytes) -> Answer:
    """The parts of an ANSWER. Raises ValueError, KeyError."""
    line, _newline, rest = body.partition(b"\n")
    read = json.loads(line)
    return Answer(read["method"], read["path"], read["status"], read["headers"], rest)


class BookState(NamedTuple):
    """The state of one live book at one moment."""

    market: str
    """BASE/QUOTE."""
    venue: str
    sequence: int
    digest: str
    """16 hexadecimal digits."""
    time: int
    """Nanoseconds UTC."""


def states(books: Iterable[BookState]) -> bytes:
    """Body of STATE: a list of [market, venue, sequence, digest, time]."""
    return packed(list(books))


def states_of(body: bytes) -> list[BookState]:
    """The books of a STATE. Raises ValueError, TypeError."""
    return [BookState(*row) for row in json.loads(body)]


def command(name: str, **details: str | int | bool | None) -> bytes:
    """Body of COMMAND: its name, and what it names."""
    return packed({"command": name, **details})
