"""Plans of connections: what a live server describes comes back as it was, for every venue."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from recording import bodies
from server.feed.feed_options import FeedOptions
from server.feed.socket_plan import plan_sockets
from server.model import Instrument, Pair
from server.protocol.venue import Endpoint
from server.replay.plan_of import PlanError, instrument_of, socket_plan
from server.venues import VENUES
from tests.replay.recordings import member

NOWHERE = Endpoint("", "")


def instrument(symbol: str = "BTCUSDT") -> Instrument:
    return Instrument(
        Pair("BTC", "USDT"), symbol, Decimal("0.010"), Decimal("1e-8"), "TRADING", True, Decimal("0.001"),
        written_decimals=(2, 8), min_size=Decimal("0.1"),
    )  # fmt: skip


def described(item: Instrument) -> dict[str, Any]:
    return {
        "symbol": item.symbol, "tick": str(item.tick), "lot": str(item.lot), "status": item.status,
        "trading": item.trading, "contract": str(item.contract), "inverse": item.inverse,
        "written_decimals": list(item.written_decimals or ()), "min_size": str(item.min_size),
        "min_notional": str(item.min_notional), "of_a_later_version": 1,
    }  # fmt: skip


@pytest.mark.parametrize("name", VENUES)
def test_every_venues_plans_come_back(name: str) -> None:
    venue = VENUES[name]()
    for mode in venue.BOOK_MODES:
        options = FeedOptions(NOWHERE, mode, 100)
        plans = plan_sockets(venue, [instrument()], mode, 100, checks=True)
        assert plans
        for plan in plans:
            members = [
                bodies.member(
                    str(each.instrument.pair), described(each.instrument),
                    each.book.stream if each.book is not None else None, each.trade, each.others,
                    each.book.provisional.stream if each.book is not None and each.book.provisional else None,
                )
                for each in plan.members
            ]  # fmt: skip
            read = socket_plan(venue, options, bodies.unpacked(bodies.packed(members)))
            assert [(m.instrument, m.trade, m.others) for m in read.members] == [
                (m.instrument, m.trade, m.others) for m in plan.members
            ]
            for mine, theirs in zip(read.members, plan.members, strict=True):
                assert (mine.book is None) == (theirs.book is None)
                if mine.book is not None and theirs.book is not None:
                    assert mine.book.stream == theirs.book.stream
                    assert (mine.book.provisional is None) == (theirs.book.provisional is None)


def test_an_instrument_is_exact() -> None:
    assert instrument_of("BTC/USDT", described(instrument())) == instrument()


@pytest.mark.parametrize("broken", [
    {"book": "another stream"}, {"pair": "BTC"}, {"instrument": {}}, {"instrument": {"symbol": "X", "tick": "abc"}},
    {"trade": None, "instrument": None}, {"others": None},
])  # fmt: skip
def test_what_cannot_be_read_is_one_error(broken: dict[str, Any]) -> None:
    venue = next(iter(VENUES.values()))()
    good = member(venue, "BTC/USDT", instrument(), venue.BOOK_MODES[0])
    assert socket_plan(venue, FeedOptions(NOWHERE, venue.BOOK_MODES[0]), [good]).members
    with pytest.raises(PlanError, match=rf"a connection of {venue.NAME} cannot be read"):
        socket_plan(venue, FeedOptions(NOWHERE, venue.BOOK_MODES[0]), [{**good, **broken}])
