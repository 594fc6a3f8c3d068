"""What a venue's feed tells a recorder of."""

from __future__ import annotations

from typing import Protocol

from ..connection.raw_tap import RawTap
from ..model import Pair
from ..network.rest_tap import RestTap
from .socket_plan import SocketPlan


class FeedTaps(Protocol):
    """The taps of one venue. No call waits for the recorder."""

    def rest(self) -> RestTap:
        """The tap of the venue's REST service."""
        ...

    def connection(self, plan: SocketPlan, predecessor: int) -> RawTap:
        """The tap of one more connection; `predecessor` is the source of the connection that it will replace, or 0."""
        ...

    def command(self, name: str, pair: Pair | None) -> None:
        """A command has changed the venue's books: those of a pair, or all."""
