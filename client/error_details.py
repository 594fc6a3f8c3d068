"""The google.rpc error model, as far as the client reads it: a few fields, taken from the wire as they stand there.

The messages of google.rpc are in a package of their own (googleapis-common-protos). The client needs four of them, and
of these five fields, so that a bot's environment has grpcio and protobuf and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_PREFIX = "/google.rpc."


@dataclass(frozen=True)
class Details:
    """What the server said beside the code and the message."""

    field: str = ""
    problem: str = ""
    reason: str = ""
    suggestion: str = ""
    retry_after: float | None = None
    """Seconds."""


def read_details(status: bytes) -> Details:
    """The details of a serialised google.rpc.Status. Raises ValueError for what is none."""
    found: dict[str, bytes] = {}
    for detail in _submessages(status, 3):
        url, value = _text(detail, 1), _bytes(detail, 2)
        found.setdefault(url.rpartition(_PREFIX)[2], value)
    violations = list(_submessages(found.get("BadRequest", b""), 1))
    info = found.get("ErrorInfo", b"")
    metadata = {_text(entry, 1): _text(entry, 2) for entry in _submessages(info, 3)}
    return Details(
        field=_text(violations[0], 1) if violations else "",
        problem=_text(violations[0], 2) if violations else "",
        reason=_text(info, 1),
        suggestion=metadata.get("suggestion", ""),
        retry_after=_seconds(found["RetryInfo"]) if "RetryInfo" in found else None,
    )


def _seconds(retry_info: bytes) -> float | None:
    """The retry_delay, a google.protobuf.Duration; None where there is none."""
    for delay in _submessages(retry_info, 1):
        return _number(delay, 1) + _number(delay, 2) / 1e9
    return None


def _submessages(message: bytes, number: int) -> Iterator[bytes]:
    for field, value in _fields(message):
        if field == number and isinstance(value, bytes):
            yield value


def _bytes(message: bytes, number: int) -> bytes:
    """The last value of a field, as protobuf has it for one that is not repeated."""
    last = b""
    for value in _submessages(message, number):
        last = value
    return last


def _text(message: bytes, number: int) -> str:
    return _bytes(message, number).decode("utf-8")  # UnicodeDecodeError is a ValueError


def _number(message: bytes, number: int) -> int:
    last = 0
    for field, value in _fields(message):
        if field == number and isinstance(value, int):
            last = value - (1 << 64) if value >= 1 << 63 else value
    return last


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field. Raises ValueError for bytes that are no message."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield tag >> 3, value
            continue
        size = {_FIXED64: 8, _FIXED32: 4}.get(kind)
        if kind == _LENGTH:
            size, at = _varint(message, at)
        if size is None or at + size > len(message):
            raise ValueError("a field that does not end")
        yield tag >> 3, message[at : at + size]
        at += size


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place in range(10):
        if at + place >= len(message):
            break
        byte = message[at + place]
        value |= (byte & 127) << (7 * place)
        if byte < 128:
            return value & (1 << 64) - 1, at + place + 1
    raise ValueError("a number that does not end")
