"""Whose a message is: routes that the venue's names fix, and routes that it gives out and takes back."""

from __future__ import annotations

from orderbook_ext import BookLock
from server.book.synchronizer import BookSynchronizer
from server.connection.routes import Routes
from server.protocol.events import Confirmed
from server.protocol.sequence import CounterRule
from server.protocol.venue import BookPlan
from tests.book.family import FAMILIES, INSTRUMENT, FamilyVenue

LIMITS = FamilyVenue(FAMILIES[0]).LIMITS


def book(stream: str, route: str = "") -> BookSynchronizer:
    plan = BookPlan(INSTRUMENT, stream, CounterRule, route=route, in_band=True)
    return BookSynchronizer("model", plan, LIMITS, BookLock(), lambda: None)


class Rig:
    """Two books on one connection: one with a route of its own name, one without."""

    def __init__(self) -> None:
        self.btc, self.eth = book("depth.btc", "BTC"), book("depth.eth")
        self.changes = 0
        self.routes = Routes([self.btc, self.eth], self._changed)

    def _changed(self) -> None:
        self.changes += 1


def test_books_are_found_by_route_and_by_stream() -> None:
    rig = Rig()
    assert rig.routes.get("BTC") is rig.routes.get("depth.btc") is rig.btc
    assert rig.routes.get("depth.eth") is rig.eth
    assert rig.routes.get("depth.xrp") is None
    assert rig.routes.stream("depth.eth") == "depth.eth", "names that were not given out are streams"


def test_a_route_that_is_given_out_leads_to_its_stream_until_it_is_withdrawn() -> None:
    rig = Rig()
    rig.routes.confirm(Confirmed(("depth.eth",), route="17"))
    assert rig.changes == 1
    assert (rig.routes.get("17"), rig.routes.stream("17")) == (rig.eth, "depth.eth")
    assert (rig.routes.given("depth.eth"), rig.routes.given("depth.btc")) == ("17", "")
    rig.routes.withdraw("depth.eth")
    assert rig.changes == 2
    assert rig.routes.get("17") is None
    assert rig.routes.stream("17") == "17"
    rig.routes.withdraw("depth.eth")
    assert rig.changes == 2, "nothing leads elsewhere than before"


def test_routes_of_streams_without_a_book_are_known_too() -> None:
    rig = Rig()
    rig.routes.confirm(Confirmed(("trades.btc",), route="21"))
    assert (rig.routes.get("21"), rig.routes.stream("21")) == (None, "trades.btc")


def test_a_confirmation_without_a_route_changes_none() -> None:
    rig = Rig()
    rig.routes.confirm(Confirmed(("depth.btc", "trades.btc")))
    assert rig.changes == 0
    assert rig.routes.get("BTC") is rig.btc


def test_books_that_come_and_go() -> None:
    rig = Rig()
    rig.routes.confirm(Confirmed(("depth.btc",), route="3"))
    xrp = book("depth.xrp")
    rig.routes.add(xrp)
    assert rig.routes.get("depth.xrp") is xrp
    rig.routes.drop(rig.btc)
    assert [rig.routes.get(name) for name in ("BTC", "3", "depth.btc")] == [None] * 3
    assert rig.changes == 3


def test_a_new_connection_gives_routes_out_anew() -> None:
    rig = Rig()
    rig.routes.confirm(Confirmed(("depth.eth",), route="17"))
    rig.routes.drop(rig.btc)
    rig.routes.forget()
    assert rig.routes.get("17") is None
    assert rig.routes.given("depth.eth") == ""
    assert rig.routes.get("depth.eth") is rig.eth
    assert rig.routes.get("BTC") is None, "a book that was given up does not come back"


def test_books_are_named_in_bytes_that_nobody_can_decode() -> None:
    rig = Rig()
    rig.routes.confirm(Confirmed(("depth.eth",), route="route17"))
    assert rig.routes.named_in(b'{"ch":"BTC","bids":[[') == {rig.btc}
    assert rig.routes.named_in(b"route17 and BTC") == {rig.btc, rig.eth}
    assert rig.routes.named_in(b'"depth.eth"') == {rig.eth}
    assert rig.routes.named_in(b"\xff\xfe") == set()
