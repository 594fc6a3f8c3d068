"""Books that are rebuilt from time to time beside the live one, because holes in their stream do not show."""

from __future__ import annotations

import random

from .model import Exchange, Rig


def test_every_refresh_starts_with_a_short_pause() -> None:
    """Each needs a few attempts where the venue's answers are old: the pauses must not add up over the hours."""
    rig, exchange = Rig("bitstamp"), Exchange("bitstamp", random.Random(1))
    rig.open()
    rig.frame(exchange.step(rig.stream))
    assert rig.fetches() == 1
    rig.snapshot(exchange.rest())
    for _ in range(6):
        while not rig.fetches():
            old = exchange.rest()
            rig.frame(exchange.step(rig.stream))
            rig.tick(5)
        for pause in (0.5, 1.0):
            rig.frame(exchange.step(rig.stream))
            rig.snapshot(old)
            rig.tick(pause)
            assert rig.fetches() == 1
        rig.snapshot(exchange.rest())
        assert rig.sync.live
        assert rig.levels(200) == exchange.top(200)
