"""What goes into a topic: a key and a value."""

from __future__ import annotations

from typing import NamedTuple


class Record(NamedTuple):
    """What goes into a topic."""

    key: bytes
    value: bytes | None
    """None: the key is no more, in a topic that is compacted."""


def key_of(pair: str, venue: str) -> bytes:
    """BTC/USDT|NAME; an empty venue is all venues together, as in the messages themselves."""
    return f"{pair}|{venue}".encode()
