"""Which trades were counted before."""

from __future__ import annotations

_MANY = 4096


class SeenIds:
    """Ids of the newest trades in two generations, so that forgetting old ids costs nothing per trade."""

    def __init__(self) -> None:
        self._young: set[object] = set()
        self._old: set[object] = set()

    def add(self, key: object) -> bool:
        """Remembers a trade; False if the trade is known already."""
        if key in self._young or key in self._old:
            return False
        self._young.add(key)
        return True

    @property
    def full(self) -> bool:
        """There are many since the last turn."""
        return len(self._young) >= _MANY

    def turn(self) -> None:
        """Forgets the ids from before the last turn."""
        self._old, self._young = self._young, set()
