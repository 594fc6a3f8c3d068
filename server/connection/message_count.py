"""The numbers that a venue gives all messages of a connection."""

from __future__ import annotations

from orderbook_ext import MessageNumbers

from ..protocol.sequence import Verdict


class MessageCount(MessageNumbers):
    """Follows the count; `fault` describes the missing numbers when the count jumps."""

    def __init__(self) -> None:
        self.fault = ""

    def check(self, number: int) -> Verdict:
        """APPLY for the next message, STALE for a late or repeated message, GAP if messages are missing before it. A
        negative number means no number, as in recordings of connections that did not request numbers."""
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
