"""Readiness follows live books, and only changes are told."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from orderbook_ext import OrderBook
from server.market.market import Market
from server.market.readiness import Readiness
from server.model import Pair, VenueState

VENUES = ("alpha", "beta")
NAMES = ("BTC/USDT", "ETH/USDT", "SOL/USDT")


def make(name: str) -> Market:
    return Market(Pair.parse(name), VENUES, lambda _market: None)


def put(market: Market, venue: str, state: VenueState) -> None:
    entry = market.entries[venue]
    if state is VenueState.LIVE and entry.book is None:
        entry.book = OrderBook(2, 3, lock=market.lock)
        entry.book.load([("1.00", "1.000")], [("2.00", "1.000")])
    entry.state = state


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("state"), st.sampled_from(NAMES), st.sampled_from(VENUES), st.sampled_from(VenueState)),
        st.tuples(st.just("add"), st.sampled_from(NAMES)),
        st.tuples(st.just("remove"), st.sampled_from(NAMES[1:])),
    ),
    max_size=30,
)


@given(STEPS)
def test_what_was_told_is_what_holds(steps: list[tuple[Any, ...]]) -> None:
    default = make(NAMES[0])
    markets, readiness = {NAMES[0]: default}, Readiness()
    told: dict[str, bool | None] = {}
    for step in [("add", NAMES[0]), *steps]:
        name = str(step[1])
        if step[0] == "add":
            markets.setdefault(name, make(name))
        elif step[0] == "remove":
            markets.pop(name, None)
        elif name in markets:
            put(markets[name], str(step[2]), VenueState(step[3]))
        changes = readiness.changes(list(markets.values()), default)
        assert all(told.get(name) is not serves for name, serves in changes.items()), "nothing is told twice"
        told |= changes
        holds = {name: any(e.state == VenueState.LIVE for e in m.entries.values()) for name, m in markets.items()}
        assert {name: serves for name, serves in told.items() if serves is not None} == {**holds, "": holds[NAMES[0]]}
    assert readiness.changes(list(markets.values()), default) == {}
