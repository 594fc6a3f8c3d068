"""The time of a recording in plain Python."""

from __future__ import annotations

_LATEST = 2**63 - 1


class PlayedTime:
    """See the interface in _book.pyi."""

    def __init__(self) -> None:
        self.utc = self.elapsed = self.shift = 0

    def set(self, utc: int, monotonic: int) -> int:
        elapsed = min(max(-_LATEST - 1, monotonic + self.shift), _LATEST)
        self.utc, self.elapsed = utc, max(self.elapsed, elapsed)
        return elapsed

    def time_ns(self) -> int:
        return self.utc

    def monotonic_ns(self) -> int:
        return self.elapsed

    def monotonic(self) -> float:
        return self.elapsed / 1e9
