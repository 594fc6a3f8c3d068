"""Requests to a venue's REST service, and JSON from it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ..errors import CorruptError


@dataclass(frozen=True, slots=True)
class RestRequest:
    """A request of a path below the REST endpoint, and its weight."""

    path: str
    weight: int = 1
    timeout: float = 10.0
    method: str = "GET"


class NoNumber:
    """What stands for a bare NaN or Infinity, which is no JSON: nothing that is read as a field takes it."""

    def __init__(self, word: str) -> None:
        self.word = word

    def __repr__(self) -> str:
        return self.word


_DECODER = json.JSONDecoder(parse_float=str, parse_constant=NoNumber)


def encode_json(message: Any) -> bytes:
    """What decode_json() has read, as JSON again: a part of a message as a message of its own."""
    return json.dumps(message, default=repr, ensure_ascii=False).encode("utf-8", "backslashreplace")


def decode_json(data: bytes) -> Any:
    """JSON from the wire; numbers with a fraction stay text, so that no price passes through a float.

    A bare NaN or Infinity spoils its own field only: it becomes a NoNumber. Raises CorruptError.
    """
    try:
        return _DECODER.decode(data.decode())
    except (ValueError, RecursionError) as error:
        raise CorruptError(f"not JSON: {data[:80]!r}") from error
