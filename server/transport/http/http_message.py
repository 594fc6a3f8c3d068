"""What the doors of HTTP share: a request that arrived whole, and an answer. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

Headers = Sequence[tuple[bytes, bytes]]
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request with its whole body."""

    method: str
    path: str
    query: bytes
    headers: Headers
    """Names in lower case."""
    body: bytes
    peer: str
    """Who asks, as gRPC writes it: ipv4:127.0.0.1:51234."""

    def header(self, name: str) -> str:
        """The first value of a header, without spaces around it; empty without one."""
        wanted = name.encode()
        return next((value.decode("latin-1").strip() for key, value in self.headers if key == wanted), "")

    @property
    def content_type(self) -> str:
        """The content type in lower case, without parameters."""
        return self.header("content-type").partition(";")[0].strip().lower()

    def metadata(self) -> list[tuple[str, str | bytes]]:
        """The headers as gRPC's metadata."""
        return [(key.decode("latin-1"), value.decode("latin-1")) for key, value in self.headers]

    def parameters(self) -> dict[str, str]:
        """The parameters of the address. Raises ValueError: too many, twice the same, or no UTF-8."""
        pairs = parse_qsl(
            self.query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS
        )
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a parameter stands there twice")
        return found


MOST_PARAMETERS = 32


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An answer, whole."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


def json_answer(status: int, value: Any, headers: Mapping[str, str] | None = None) -> HttpAnswer:
    """A JSON answer."""
    return HttpAnswer(status, json.dumps(value, ensure_ascii=False).encode() + b"\n", JSON, headers or {})
