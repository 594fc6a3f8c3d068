"""Places that strangers share: a number of them in all, and for each client no more than are left for the others."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field

# With fewer places than this there is nothing to share out: whoever comes first has them.
SHARED_FROM = 16


@dataclass(frozen=True, slots=True)
class Peer:
    """Who asks. Each of the names counts by itself; an empty name does not count."""

    connection: str = ""
    address: str = ""
    """Empty on loopback, where all programs of the machine have the same."""
    token: str = ""
    limits: Mapping[str, int] = field(default_factory=dict, hash=False, compare=False)
    """The token's own limits by the name of the quota; they take the place of the fair share."""

    @property
    def names(self) -> tuple[str, ...]:
        """The things that are counted."""
        named = (("connection", self.connection), ("address", self.address), ("token", self.token))
        return tuple(f"{kind} {name}" for kind, name in named if name)

    @property
    def lane(self) -> str:
        """The key for taking turns: everything of one customer."""
        return self.token or self.address or self.connection


ANYBODY = Peer()
caller: ContextVar[Peer] = ContextVar("caller", default=ANYBODY)
"""Whose request is being served on this thread."""


class QuotaError(Exception):
    """No place is left. The message is for the client."""

    def __init__(self, quota: Quota, message: str) -> None:
        super().__init__(message)
        self.name = quota.name
        self.retry_after = quota.retry_after


class Quota:
    """Places of one kind. Thread-safe.

    A client may take another place while it has fewer than are free: a single client gets half of the places, two
    clients a third each, and a new client finds a place, however many the others want.
    """

    def __init__(self, name: str, things: str, total: int, retry_after: float) -> None:
        """`name` is for programs, `things` for people: "streams"; `retry_after` in seconds."""
        self.name = name
        self.total = total
        self.retry_after = retry_after
        self._things = things
        self._lock = threading.Lock()
        self._used = 0
        self._held: Counter[str] = Counter()

    def __len__(self) -> int:
        return self._used

    def held(self, name: str) -> int:
        """Places of one of a peer's names."""
        return self._held[name]

    def take(self, peer: Peer) -> None:
        """Raises QuotaError, and then nothing is taken."""
        with self._lock:
            self._check(peer)
            self._used += 1
            for name in peer.names:
                self._held[name] += 1

    def give_back(self, peer: Peer) -> None:
        """The place of an earlier take()."""
        with self._lock:
            self._used -= 1
            for name in peer.names:
                self._held[name] -= 1
                if not self._held[name]:
                    del self._held[name]

    def _check(self, peer: Peer) -> None:
        if self._used >= self.total:
            raise QuotaError(self, f"this server has at most {self.total} {self._things} at once")
        own = peer.limits.get(self.name)
        if own is not None:
            if self._held[f"token {peer.token}"] >= own:
                raise QuotaError(self, f"this token has at most {own} {self._things} at once")
            return
        if self.total < SHARED_FROM:
            return
        free = self.total - self._used
        for name in peer.names:
            held = self._held[name]
            if held and held >= free:
                raise QuotaError(
                    self,
                    f"this client has {held} of the {self.total} {self._things} of this server, "
                    "and as many as are free must stay free for others",
                )
