"""What stands for the port of a server that only records."""

from __future__ import annotations

from ..delays import Delays
from ..threads import Supervised


class NoPort:
    """A server without clients; see choice.Server."""

    port = 0

    @property
    def threads(self) -> list[Supervised]:
        return []

    def start(self) -> None:
        """Does nothing."""

    def report(self, name: str, serving: bool | None) -> None:
        """Nobody asks."""

    def counters(self) -> dict[str, int]:
        """Empty."""
        return {}

    def send_delays(self) -> Delays:
        """None."""
        return Delays()

    def stop(self, grace: float) -> None:
        """Does nothing."""
