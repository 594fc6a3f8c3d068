"""Prices of quality entries at a message's own exponent: exact, or left out."""

from __future__ import annotations

import pytest

from onebook.v1 import types_pb2
from server.publish.qualities import at_exponent


@pytest.mark.parametrize(
    ("exponent", "bid", "ask"),
    [(-2, 6183700, 10**17), (-4, 618370000, 0), (0, 61837, 10**15), (1, 0, 10**14), (-12, 61837 * 10**12, 0)],
)
def test_prices_move_exactly_or_are_left_out(exponent: int, bid: int, ask: int) -> None:
    status = types_pb2.VenueStatus(price_exponent=-2)
    status.venues.add(venue="x", lowest_complete_bid=6183700, highest_complete_ask=10**17)
    (moved,) = at_exponent(status, exponent)
    assert (moved.lowest_complete_bid, moved.highest_complete_ask) == (bid, ask)
