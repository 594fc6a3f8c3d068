"""A stream that is silent for long: it is asked for again, once per attempt, and its book comes back and stays."""

from __future__ import annotations

from itertools import pairwise

import pytest

from server.protocol.stream_request import StreamRequest
from server.units import SECOND
from server.venues import VENUES
from simulator.venues import VENUES as EXCHANGES

from .in_process import InProcess

SILENT, PATIENCE, STAYS = 450, 400, 100
"""Tenths of seconds: the silence, what the book has to come back, and how long it must then stay."""
NAMES = [name for name, venue in VENUES.items() if name in EXCHANGES and not venue.COUNTED]


class Silent(InProcess):
    """Notes when the stream of the first pair is asked for."""

    def __init__(self, name: str) -> None:
        quote = "USD" if name in ("deribit", "ftx") else "USDT"
        super().__init__(name, [f"BTC/{quote}", f"ETH/{quote}"])
        self.first = next(iter(self.syncs))
        self.stream = self.syncs[self.first].plan.stream
        self.begun: list[int] = []
        tell = self.session.sent

        def sent(request: StreamRequest, now: int) -> None:
            if self.stream in request.streams:
                self.begun.append(now)
            tell(request, now)

        self.session.sent = sent  # type: ignore[method-assign]

    def go_on(self, steps: int) -> None:
        """Time passes; a connection that is given up is opened anew."""
        for _ in range(steps):
            self.step()
            if self.renewals:
                self.renewals.clear()
                self.begun.clear()
                self.connect()


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_silent_stream_is_asked_for_once_per_attempt(name: str) -> None:
    wire = Silent(name)
    wire.connect()
    wire.go_on(80)
    assert wire.live(wire.first)
    wire.begun.clear()
    wire.drop = lambda stream, _text: stream == wire.stream
    wire.go_on(SILENT)
    pauses = [later - earlier for earlier, later in pairwise(wire.begun)]
    # An attempt has the time to fail in.
    assert all(pause > SECOND for pause in pauses), [pause / SECOND for pause in pauses]
    wire.drop = lambda _stream, _text: False
    for _ in range(PATIENCE):
        wire.go_on(1)
        if wire.live(wire.first) and wire.ours(wire.first, 10) == wire.truth(wire.first, 10):
            break
    rebuilt = wire.syncs[wire.first].entry.resyncs
    wire.go_on(STAYS)
    assert wire.live(wire.first), wire.syncs[wire.first].entry.detail
    assert wire.syncs[wire.first].entry.resyncs == rebuilt, "it went once more"
