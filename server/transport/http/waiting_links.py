"""The connections of one address that wait for their turn: those that ask for something go before silent ones.

Nothing is taken from a connection: the system is asked for a look at its first bytes. A client sends its request, or
the beginning of TLS, at once; an attack by connections that say nothing, or by requests that do not end, waits behind.
"""

from __future__ import annotations

import asyncio
import select
import socket
from collections import deque
from collections.abc import Callable

LOOKED_AT = 8 << 10
"""Bytes that are looked at: a longer request counts as one that is not there yet."""
TLS = b"\x16\x03"
"""The beginning of a handshake (RFC 8446, 5.1)."""
RDHUP = getattr(select, "POLLRDHUP", 0)
"""The other end has closed its half; not every system tells."""
HALF_CLOSED = 0.05
"""Seconds for which a connection waits whose client has closed its half of it."""
SILENT_TURN = 4
"""Every so many turns is one of those that are silent, if there are any: what comes in small pieces is served, too."""


class WaitingLinks:
    """All methods are called on the event loop."""

    def __init__(self, on_gone: Callable[[], None]) -> None:
        """`on_gone` is called when a connection that waits has been left by its client, and was closed."""
        self._on_gone = on_gone
        self._loop = asyncio.get_running_loop()
        self._asking: deque[tuple[socket.socket, float]] = deque()
        """With the seconds of the loop since which each asks."""
        self._silent: dict[int, socket.socket] = {}
        """By descriptor, in the order in which they came."""
        self._turns = 0

    def __len__(self) -> int:
        return len(self._asking) + len(self._silent)

    def add(self, link: socket.socket) -> bool:
        """Takes over a connection that does not block; False: its client has left, and it was closed."""
        said = _said(link)
        if said == b"":
            link.close()
            return False
        if said is not None and _asks(said):
            self._asking.append((link, self._loop.time()))
        else:
            self._silent[link.fileno()] = link
            self._loop.add_reader(link.fileno(), self._heard, link.fileno())
        return True

    def pop(self) -> socket.socket | None:
        """The connection whose turn it is; it is the caller's now. None: the clients of all have left."""
        while len(self):
            self._turns += 1
            if self._silent and (not self._asking or self._turns % SILENT_TURN == 0):
                return self._oldest_silent()
            link, since = self._asking.popleft()
            if not _left(link, self._loop.time() - since):
                return link
            link.close()
            self._on_gone()
        return None

    def drop_silent(self) -> bool:
        """Closes the connection that has been silent for longest; False: there is none."""
        if not self._silent:
            return False
        self._oldest_silent().close()
        return True

    def close(self) -> None:
        """Closes all of them."""
        while self._silent:
            self._oldest_silent().close()
        while self._asking:
            self._asking.popleft()[0].close()

    def _oldest_silent(self) -> socket.socket:
        descriptor = next(iter(self._silent))
        self._loop.remove_reader(descriptor)
        return self._silent.pop(descriptor)

    def _heard(self, descriptor: int) -> None:
        """A silent connection has said something. What is no request yet stays silent, and is not looked at again."""
        self._loop.remove_reader(descriptor)
        said = _said(self._silent[descriptor])
        if said == b"":
            self._silent.pop(descriptor).close()
            self._on_gone()
        elif said is not None and _asks(said):
            self._asking.append((self._silent.pop(descriptor), self._loop.time()))


def _said(link: socket.socket) -> bytes | None:
    """The first bytes of a connection; none of them: its client has left; None: nothing has come yet."""
    try:
        return link.recv(LOOKED_AT, socket.MSG_PEEK)
    except BlockingIOError:
        return None
    except OSError:
        return b""


def _left(link: socket.socket, waited: float) -> bool:
    """Whether nobody will read an answer. A client may close its own half behind its request and still read: only where
    it has waited for long, such a client counts as one that has left."""
    look = select.poll()
    look.register(link, RDHUP)
    found = look.poll(0)
    events = found[0][1] if found else 0
    return bool(events & ~RDHUP) or (bool(events) and waited > HALF_CLOSED)


def _asks(said: bytes) -> bool:
    """Whether this is the head of a request, or the beginning of TLS."""
    return b"\r\n\r\n" in said or said.startswith(TLS)
