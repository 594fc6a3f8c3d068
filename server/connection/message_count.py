"""The numbers that a venue gives all messages of a connection."""

from __future__ import annotations

from orderbook_ext import MessageNumbers

from ..protocol.sequence import Verdict


class MessageCount(MessageNumbers):
    """Follows the count; `fault` says what was missing when it did not go on."""

    def __init__(self) -> None:
        self.fault = ""

    def check(self, number: int) -> Verdict:
        """APPLY for the next message, STALE for one that is late or repeated, GAP if some are missing before it.

        A negative number is none, as in recordings of connections that did not ask for them.
        """
        if number < 0:
            return Verdict.APPLY
        last = self.last
        if last is None or number == last + 1:
            self.last = number
            return Verdict.APPLY
        if number <= last:
            return Verdict.STALE
        self.fault = f"after message {last} of the connection came {number}"
        self.last = number
        return Verdict.GAP

    def clear(self) -> None:
        """A new connection counts anew."""
        self.last = None
