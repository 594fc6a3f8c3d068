"""Sessions of pages: a random id that stands for a token, so that a browser need not keep the token."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

LIFETIME = 12 * 3600.0
"""Seconds after which a session ends."""
MOST = 1024
"""Sessions at once: the oldest one ends for a new one."""
MOST_OF_TOKEN = 32
"""Of one token, so that one holder cannot end the sessions of all others."""
ID_BYTES = 32


@dataclass(frozen=True, slots=True)
class _Session:
    token_id: str
    ends: float


class Sessions:
    """The sessions of one server, in memory: a restart ends them. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._by_digest: OrderedDict[bytes, _Session] = OrderedDict()
        """Oldest first. By the digest of the id, so that the time of a search says nothing about ids."""

    def __len__(self) -> int:
        return len(self._by_digest)

    def begin(self, token_id: str) -> str:
        """The id of a new session that stands for this token."""
        session_id = secrets.token_urlsafe(ID_BYTES)
        with self._lock:
            own = [digest for digest, session in self._by_digest.items() if session.token_id == token_id]
            if len(own) >= MOST_OF_TOKEN:
                del self._by_digest[own[0]]
            while len(self._by_digest) >= MOST:
                self._by_digest.popitem(last=False)
            self._by_digest[_digest(session_id)] = _Session(token_id, self._clock() + LIFETIME)
        return session_id

    def token_id(self, session_id: str) -> str | None:
        """The token that a session stands for; None without such a session, and after its end."""
        with self._lock:
            session = self._by_digest.get(_digest(session_id))
            if session is None:
                return None
            if self._clock() >= session.ends:
                del self._by_digest[_digest(session_id)]
                return None
            return session.token_id

    def end(self, session_id: str) -> None:
        """Ends a session, if there is one."""
        with self._lock:
            self._by_digest.pop(_digest(session_id), None)


def _digest(session_id: str) -> bytes:
    return sha256(session_id.encode()).digest()
