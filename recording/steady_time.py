"""The time by which something is old enough to be removed."""

from __future__ import annotations

from collections.abc import Callable


class SteadyTime:
    """A clock that is put forward makes nothing old: at most what has passed since the start counts. A clock that is
    put back keeps things longer."""

    def __init__(self, clock: Callable[[], int], monotonic: Callable[[], int]) -> None:
        """`clock`: nanoseconds UTC; `monotonic`: nanoseconds."""
        self._clock, self._monotonic = clock, monotonic
        self._offset = clock() - monotonic()

    def __call__(self) -> int:
        """Nanoseconds UTC."""
        return min(self._clock(), self._offset + self._monotonic())
