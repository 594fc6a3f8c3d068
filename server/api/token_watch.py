"""Ends streams whose token was removed, changed or has expired since they began."""

from __future__ import annotations

import threading

from ..codes import Code
from ..quotas import Peer
from ..threads import Supervised, pause
from .access import Access
from .streams import Streams

# Seconds that a stream may go on after its token.
EVERY = 1.0
ENDED = "the token of this stream does not count any more"


class TokenWatch:
    """A thread that looks at the open streams."""

    def __init__(self, access: Access, streams: Streams, every: float = EVERY) -> None:
        self._access = access
        self._streams = streams
        self._every = every
        self._stop = threading.Event()
        self._thread = Supervised("token watch", self._run, self._stop)

    def start(self) -> None:
        """Begins to look."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread soon."""
        self._stop.set()

    def look(self) -> int:
        """Ends the streams whose time is over; returns how many."""
        return self._streams.end(self._lapsed, Code.UNAUTHENTICATED, ENDED)

    def _lapsed(self, client: Peer) -> bool:
        return bool(client.token) and not self._access.counts(client.token)

    def _run(self) -> None:
        while not pause(self._stop, self._every):
            self.look()
