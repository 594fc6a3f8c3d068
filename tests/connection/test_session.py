"""One connection by its own interface: what it sends and when, and whose answers count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from orderbook_ext import BookLock
from server.book.synchronizer import BookSynchronizer
from server.connection.effects import Effect, LogMessage, Send
from server.connection.session import MAX_READ, Session
from server.model import Receipt, TradesState, VenueState
from server.protocol.events import Event, Hello
from server.units import SECOND
from tests.book.family import FAMILIES, INSTRUMENT, Family, FamilyRig, FamilyVenue

NOW = 100 * SECOND
AT = Receipt(NOW, NOW)
IN_BAND = next(family for family in FAMILIES if family.in_band and not family.asks)
BY_REST = next(family for family in FAMILIES if not family.in_band)


class Talkative(FamilyVenue):
    """Sends heartbeats, says Hello, and fails where a message says so."""

    LIMITS = replace(FamilyVenue.LIMITS, heartbeat=5.0, silence=1000.0, dead=2000.0)

    def __init__(self, greets: bool = False) -> None:
        super().__init__(IN_BAND)
        self.GREETS = greets  # type: ignore[misc]

    def heartbeat(self) -> str | None:
        return "ping"

    def events(self, message: Any) -> Iterable[Event]:
        if "hello" in message:
            yield Hello()
        yield from super().events(message)


def session(venue: FamilyVenue) -> Session:
    plan = venue.book_plan(INSTRUMENT, "diff", 1000)
    sync = BookSynchronizer("model", plan, venue.LIMITS, BookLock(), lambda: None)
    return Session(venue, [sync], ["trades"])


def sent(effects: Sequence[Effect]) -> list[str]:
    return [effect.text for effect in effects if isinstance(effect, Send)]


def test_streams_are_asked_for_when_the_connection_is_up() -> None:
    made = session(Talkative())
    assert made.path == "/"
    assert made.trade_streams == ("trades",)
    assert not made.live
    assert sent(made.opened(NOW)) == ["+book", "+trades"]


def test_a_venue_that_greets_is_asked_after_its_greeting_once() -> None:
    made = session(Talkative(greets=True))
    assert made.opened(NOW) == []
    assert sent(made.tick(NOW + 60 * SECOND)) == [], "also no heartbeat before"
    assert sent(made.receive(b'{"hello":1}', AT)) == ["+book", "+trades"]
    assert sent(made.receive(b'{"hello":1}', AT)) == []
    made.closed(VenueState.CONNECTING, "away")
    assert made.opened(NOW) == []
    assert sent(made.receive(b'{"hello":1}', AT)) == ["+book", "+trades"], "once a connection"


def test_heartbeats_keep_their_distance() -> None:
    made = session(Talkative())
    made.opened(NOW)
    beats = [second for second in range(1, 21) if "ping" in sent(made.tick(NOW + second * SECOND))]
    assert beats == [5, 10, 15, 20]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_book_becomes_live_and_is_withdrawn_when_the_connection_goes(family: Family) -> None:
    rig = FamilyRig(family, 2)
    rig.calm()
    assert rig.session.live
    assert rig.session.syncs == (rig.sync,)
    assert rig.session.holder(rig.sync) is rig.sync
    rig.session.closed(VenueState.CONNECTING, "the line is dead")
    assert not rig.session.live
    assert (rig.sync.entry.state, rig.sync.entry.detail) == (VenueState.CONNECTING, "the line is dead")


def test_the_answer_to_a_connection_that_has_gone_is_dropped() -> None:
    rig = FamilyRig(BY_REST, 2)
    while not rig.fetches:
        rig.do(rig.session.receive(rig.exchange.step(), rig.at))
        rig.tick(0.5)
    fetch = rig.fetches[0]
    rig.session.closed(VenueState.CONNECTING, "away")
    rig.session.snapshot(fetch, rig.exchange.rest(), rig.at)
    rig.session.snapshot_failed(fetch, "refused", rig.now)
    assert not rig.session.live
    assert rig.sync.entry.detail == "away", "nor does its failure say anything"


def test_a_book_is_built_anew_when_somebody_wants_it() -> None:
    rig = FamilyRig(IN_BAND, 2)
    rig.calm()
    rig.session.resync(rig.sync, "asked for", rig.now)
    assert rig.sync.entry.state == VenueState.SYNCING
    rig.calm()
    assert rig.session.live


def test_an_instrument_that_is_dropped_ends_its_streams() -> None:
    made = session(Talkative())
    made.opened(NOW)
    assert sorted(sent(made.drop(INSTRUMENT))) == ["-book", "-trades"]
    assert made.syncs == ()
    assert made.live, "of no book none is missing"
    assert made.receive(b'{"r":"book","k":"update","b":[],"a":[]}', AT) is not None


@pytest.mark.parametrize("data", [b"{", b"\xff" * 50, b'{"a":' + b" " * MAX_READ + b"1}"])
def test_bytes_that_are_no_message_are_said_and_end_nothing_else(data: bytes) -> None:
    made = session(Talkative())
    made.opened(NOW)
    effects = made.receive(data, AT)
    assert any(isinstance(effect, LogMessage) and len(effect.text) < 500 for effect in effects)


def test_the_state_of_a_trade_stream() -> None:
    made = session(Talkative())
    assert made.trades_state("trades") in (TradesState.WAITING, TradesState.UNSPECIFIED)
    made.opened(NOW)
    assert made.trades_state("trades") == TradesState.WAITING
