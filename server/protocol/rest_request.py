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


def decode_json(data: bytes) -> Any:
    """JSON from the wire; numbers with a fraction stay text, so that no price passes through a float.

    Raises CorruptError.
    """
    try:
        return json.loads(data, parse_float=str)
    except (ValueError, RecursionError) as error:
        raise CorruptError(f"not JSON: {data[:80]!r}") from error
