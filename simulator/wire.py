"""The small words between an exchange and its endpoint: requests, answers, closes and connection rules."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Close:
    """An exchange's wish to close a connection."""

    code: int
    reason: str


@dataclass(frozen=True)
class RestRequest:
    """One HTTP GET. `as_of_us` asks for a book of the past (a fault: stale snapshots)."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    client: str
    now: float  # wall clock, seconds
    as_of_us: int | None = None


@dataclass(frozen=True)
class RestAnswer:
    """An HTTP answer; a body that is not text is written as compact JSON.

    `limited` marks an answer that means "too many requests" under a status other than 418 and 429.
    """

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    limited: bool = False

    def payload(self) -> bytes:
        """The body's bytes."""
        text = self.body if isinstance(self.body, str) else json.dumps(self.body, separators=(",", ":"))
        return text.encode()


@dataclass(frozen=True)
class ConnectionRules:
    """How an exchange treats its websocket connections; None switches a rule off."""

    ping_seconds: float | None = None  # the server's own pings
    pong_seconds: float = 60.0
    messages_a_second: int | None = None  # from a client
    age_seconds: float | None = None
    idle_seconds: float | None = None  # cut when the client says nothing
    quiet_seconds: float | None = None  # cut when nothing was sent to the client
    cut_code: int = 1000  # the close code of both, and its reason
    cut_reason: str = ""
    connects: int | None = None  # new connections an address may make in `connects_seconds`; more get HTTP 429
    connects_seconds: float = 60.0
    block_seconds: float = 0.0  # how long an address that made more stays out
    open: int | None = None  # connections an address may hold at a time
    streams: int | None = None  # subscriptions a connection; more get the venue's own error
