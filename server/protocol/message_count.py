"""The numbers that a venue gives all messages of a connection."""

from __future__ import annotations


class MessageCount:
    """Follows the count; `fault` says what was missing when it did not go on."""

    def __init__(self) -> None:
        self._last: int | None = None
        self.fault = ""

    def follows(self, number: int) -> bool:
        """Whether nothing is missing before this message. A number seen before is a late message: not a hole."""
        last = self._last
        if last is None or number == last + 1:
            self._last = number
            return True
        if number <= last:
            return True
        self.fault = f"after message {last} of the connection came {number}"
        self._last = number
        return False

    def clear(self) -> None:
        """A new connection counts anew."""
        self._last = None
