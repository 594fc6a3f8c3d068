"""What transports serve: the calls of a service, with one answer or with a stream, and posts of HTTP alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..analytics.calls import Opened, Parse

__all__ = ["Opened", "Parse", "Post", "Service", "Streaming", "Unary"]


@dataclass(frozen=True, slots=True)
class Unary:
    """A call with one answer. `answer` gives its bytes; it raises RequestError."""

    answer: Callable[[Any], bytes]
    parse: Parse


@dataclass(frozen=True, slots=True)
class Streaming:
    """A call that opens a stream. `open` finds the channel of the stream; it raises RequestError."""

    open: Callable[[Any], Opened]
    parse: Parse


@dataclass(frozen=True, slots=True)
class Service:
    """The calls of one service, by their names in the contract."""

    name: str
    unary: Mapping[str, Unary] = field(default_factory=dict)
    streaming: Mapping[str, Streaming] = field(default_factory=dict)
    listed: bool = True
    """Whether clients that ask for the list of services see it."""


@dataclass(frozen=True, slots=True)
class Post:
    """What answers posts to one path of HTTP, outside of the contract."""

    make: Callable[[bytes], Any]
    """Makes the answer of a body, as JSON has it; raises RequestError."""
    words: str
    """What it does, for people."""
    body: Mapping[str, Any]
    """The schema of the body (OpenAPI 3.1)."""
    answer: Mapping[str, Any]
    """The schema of the answer."""
