"""How fast a stream of states may go to its reader, by what the system tells of the connection (Linux).

A send fills the system's own buffer, whatever TCP_NOTSENT_LOWAT says, which only counts for who waits before he sends.
So a stream asks before each message: while bytes of the one before wait here, nothing newer is put behind them. Where
the reader's system has less than 3/4 of the room that it once had, messages wait there: then further ones come slowly,
and each brings news of the room.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable

from ..limits import CLIENT_WITHIN

SOONEST, LATEST = 0.001, 0.02
"""Seconds between two looks at bytes that wait: as many as they have waited, within these."""
SLOWLY = 0.5
"""Seconds between two messages to a reader with less room than once."""
SAME = 4
"""Messages that are sent slowly and leave the room as it was: all of them were read, and the room is small for another
reason."""
_UNSENT, _WINDOW, _WHOLE = 144, 228, 232
"""Places in Linux's struct tcp_info (include/uapi/linux/tcp.h): tcpi_notsent_bytes, tcpi_snd_wnd (since 5.4)."""


class ReaderPace:
    """The pace of one connection. All methods are called on the event loop."""

    def __init__(self, link: socket.socket | None, abort: Callable[[], None]) -> None:
        """`link`: None where nothing is known; `abort` cuts the connection."""
        self._link = link if link is not None and link.family in (socket.AF_INET, socket.AF_INET6) else None
        self._abort = abort
        self._largest = 0
        """The most room that the reader had."""
        self._window = self._same = 0
        """The room at the last message that was sent slowly, and for how many it has been the same."""
        self._unsent = 0
        self._moved_at = time.monotonic()
        """When bytes that wait have last become others."""
        self._sent_at = 0.0

    def sent(self) -> None:
        """A message was given to the connection."""
        self._sent_at = self._moved_at = time.monotonic()

    def wait(self) -> float:
        """Seconds until this is to be asked again; 0: the next message may go now."""
        told = self._told()
        if told is None:
            return 0.0
        unsent, window = told
        now = time.monotonic()
        if unsent:
            if unsent != self._unsent:
                self._unsent, self._moved_at = unsent, now
            if now - self._moved_at > CLIENT_WITHIN:
                self._abort()
            return min(LATEST, max(SOONEST, now - self._sent_at))
        self._largest = max(self._largest, window)
        if 4 * window >= 3 * self._largest:
            return 0.0
        left = self._sent_at + SLOWLY - now
        if left > 0:
            return left
        self._same = self._same + 1 if window == self._window else 0
        self._window = window
        if self._same == SAME:
            self._largest = window
        return 0.0

    def _told(self) -> tuple[int, int] | None:
        """Bytes that wait here, and the room at the reader; None: not known."""
        if self._link is None or not hasattr(socket, "TCP_INFO"):
            return None
        try:
            told = self._link.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _WHOLE)
        except OSError:
            return None  # It is closed.
        if len(told) < _WHOLE:
            return None
        return struct.unpack_from("I", told, _UNSENT)[0], struct.unpack_from("I", told, _WINDOW)[0]
