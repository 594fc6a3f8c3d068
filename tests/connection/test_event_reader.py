"""What each event of a venue means for a connection."""

from __future__ import annotations

from decimal import Decimal

import pytest

from server.connection.effects import Effect, LogMessage, OpenInterestReceived, Reconnect, Send, TradesMissed
from server.connection.event_reader import MAX_PARTS
from server.connection.session import Session
from server.model import TradesState, VenueState
from server.protocol import events
from server.protocol.events import (
    Bbo,
    Confirmed,
    Event,
    Frames,
    Heartbeat,
    Hello,
    OpenInterestUpdate,
    ReconnectRequest,
    Rejected,
    Reply,
    Restarted,
    Resubscribed,
    Unread,
)
from server.venues import VENUES
from tests.connection.parts_rig import NOW, of_kind, trade, two_books
from tests.connection.test_depth_messages import change, joined


def read(session: Session, event: Event) -> list[Effect]:
    return list(session.events.read(event, NOW))


@pytest.mark.parametrize(
    ("event", "effects"),
    [
        (Heartbeat(), []),
        (Hello(), []),
        (Reply("pong"), [Send("pong")]),
        (ReconnectRequest("maintenance"), [Reconnect("maintenance", broken=False)]),
    ],
)
def test_events_of_the_connection(event: Event, effects: list[Effect]) -> None:
    assert read(joined(), event) == effects


def test_every_event_of_the_contract_has_a_meaning() -> None:
    session = joined()
    samples: dict[str, Event] = {
        "TradeEvent": trade(session, 1), "Confirmed": Confirmed(("x",)), "Resubscribed": Resubscribed("x"),
        "Rejected": Rejected("no", "x"), "Unread": Unread("odd"), "ReconnectRequest": ReconnectRequest("bye"),
        "Heartbeat": Heartbeat(), "Hello": Hello(), "Reply": Reply("x"), "Counted": events.Counted(1),
        "ChecksumSeen": events.ChecksumSeen("x", 1), "Bbo": Bbo("x", Decimal(1), Decimal(2)),
        "OpenInterestUpdate": OpenInterestUpdate("x", Decimal(1), 0), "Restarted": Restarted("anew"),
        "Frames": Frames(()),
    }  # fmt: skip
    declared = {
        name for name, kind in vars(events).items() if isinstance(kind, type) and kind.__module__ == events.__name__
    }
    assert set(samples) == declared
    for event in samples.values():
        read(session, event)


def test_a_venue_that_greets_is_asked_for_everything_at_its_greeting_and_once() -> None:
    greeting = [venue for venue in VENUES.values() if venue.GREETS]
    assert greeting
    for venue in greeting:
        session = two_books(venue())
        assert all(sync.state is VenueState.CONNECTING for sync in session.syncs)
        assert of_kind(read(session, Hello()), Send)
        assert all(sync.state is VenueState.SYNCING for sync in session.syncs)
        assert read(session, Hello()) == []


def test_a_rejected_stream_costs_its_own_book() -> None:
    session = two_books()
    stream = session.syncs[0].plan.stream
    effects = read(session, Rejected("no such pair", stream))
    (complaint,) = of_kind(effects, LogMessage)
    assert isinstance(complaint, LogMessage)
    assert "no such pair" in complaint.text
    assert "no such pair" in session.syncs[0].entry.detail
    assert "no such pair" not in session.syncs[1].entry.detail


def test_a_confirmation_is_reported() -> None:
    session = two_books(VENUES["okx"]())
    read(session, Confirmed((session.trade_streams[0],)))
    states = [session.trades.state(stream) for stream in session.trade_streams]
    assert states == [TradesState.RECEIVED, TradesState.WAITING]


def test_parts_of_a_message_are_read_in_order_and_bounded() -> None:
    session = joined()
    read(session, Frames((change(number=102), change(number=103))))
    assert session.syncs[0].entry.sequence == 103
    assert session.syncs[0].live
    effects = read(session, Frames((change(number=104),) * (MAX_PARTS + 1)))
    assert len(of_kind(effects, LogMessage)) == 1
    assert [sync.live for sync in session.syncs] == [False, True]


def test_a_restart_of_the_venue_begins_every_book_anew() -> None:
    session = joined()
    read(session, Restarted("the venue began anew"))
    assert [(sync.state, sync.entry.detail) for sync in session.syncs] == [
        (VenueState.STALE, "the venue began anew")
    ] * 2


def test_open_interest_is_handed_on_with_its_stream() -> None:
    event = OpenInterestUpdate("BTCUSDT@openInterest", Decimal(5), 7)
    assert read(joined(), event) == [OpenInterestReceived(event)]


def test_a_ticker_of_a_pair_that_is_not_kept_is_nobodys() -> None:
    assert read(joined(), Bbo("nobody", Decimal(1), Decimal(2))) == []


@pytest.mark.parametrize("named", [0, 1, None, "other"])
def test_a_part_that_was_not_read_may_have_been_a_trade(named: object, monkeypatch: pytest.MonkeyPatch) -> None:
    session = joined()
    monkeypatch.setattr(type(session.trades), "missed", lambda _self, streams: [TradesMissed(each) for each in streams])
    streams = session.trade_streams
    stream = streams[named] if isinstance(named, int) else "a book" if named else ""
    effects = read(session, Unread("odd", stream))
    expected = [stream] if isinstance(named, int) else [] if named else list(streams)
    assert [effect.stream for effect in effects if isinstance(effect, TradesMissed)] == expected
