"""Of `make venue-check VENUE=x`: simulator and server as processes, and the books that a client gets of the venue."""

from __future__ import annotations

import pytest

from onebook.v1 import market_data_pb2 as pb
from onebook.v1 import types_pb2
from simulator.instruments import Pair
from simulator.venues import VENUES as EXCHANGES
from tests.venue_option import chosen_venue
from tests.waiting import eventually

from .books import rows_of
from .processes import Truth, Yard

NAME = chosen_venue()
PAIRS = ("BTC/USDT", "BTC/USD")
LEVELS = 10
pytestmark = [
    pytest.mark.skipif(not NAME, reason="of one venue that is named with --venue"),
    pytest.mark.skipif(NAME not in EXCHANGES, reason="its protocol has no simulator of its own"),
]


def test_a_client_gets_the_venues_own_book(yard: Yard) -> None:
    pair = next(pair for pair in PAIRS if EXCHANGES[NAME]([Pair.parse(pair)], 10).instruments)
    simulator = yard.simulator("--manual", "--venues", NAME, "--pair", pair)
    server = yard.serve(simulator, "--venues", NAME, "--levels", str(LEVELS))
    with server.client() as stub:

        def book() -> types_pb2.Book:
            return next(iter(stub.StreamBook(pb.StreamBookRequest(market=pair, levels=LEVELS)))).book

        def served() -> bool:
            simulator.step()
            truth: Truth = simulator.truth(NAME, pair, LEVELS)
            return rows_of(book()) == (truth.bids, truth.asks)

        eventually(served, f"{NAME}'s own book of {pair}")
        (status,) = stub.GetVenueStatus(pb.GetVenueStatusRequest(market=pair)).status.venues
        assert (status.venue, status.state) == (NAME, types_pb2.VENUE_STATE_LIVE)
