"""The calls of a service, for any transport: calls with one answer, and calls that open a stream."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..analytics.calls import Opened, Parse

__all__ = ["Opened", "Parse", "Service", "Streaming", "Unary"]


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
