"""Messages that the fast lane leaves: parts, unreadable bytes, and what they may have been."""

from __future__ import annotations

import json

import pytest

from server.connection.effects import LogMessage, Reconnect, TradesMissed
from server.connection.session import Session
from server.model import VenueState
from server.protocol.events import ChecksumSeen
from server.venues import VENUES
from tests.connection.parts_rig import NOW, of_kind, two_books


def change(symbol: str = "BTCUSDT", number: int = 101, size: str = "1") -> bytes:
    data = {"e": "depthUpdate", "E": 1, "s": symbol, "U": number, "u": number, "b": [["1", size]], "a": []}
    return json.dumps({"stream": f"{symbol.lower()}@depth@100ms", "data": data}).encode()


def joined() -> Session:
    """Both books are live."""
    session = two_books()
    for sync in session.syncs:
        session.receive(change(sync.plan.instrument.symbol), NOW)
        whole = {"lastUpdateId": 101, "bids": [["1", "1"]], "asks": [["2", "1"]]}
        sync.snapshot(session.snapshot_reader, session.held_reader, json.dumps(whole).encode(), NOW)
        assert sync.live
    return session


def test_a_part_reaches_its_book() -> None:
    session = joined()
    assert session.depth.read_part(change(number=102), NOW) == []
    assert session.syncs[0].entry.sequence == 102
    assert session.depth.read_part(change("XRPUSDT"), NOW) == ()


def test_a_part_that_cannot_be_read_costs_the_book_that_it_names() -> None:
    session = joined()
    effects = session.depth.unread_part(change(number=102, size="x"), NOW.monotonic)
    assert len(of_kind(effects, LogMessage)) == 1
    assert [sync.state for sync in session.syncs] == [VenueState.SUSPECT, VenueState.LIVE]
    session.depth.unread_part(b'{"b":[["1","1"]]}', NOW.monotonic)
    assert not any(sync.live for sync in session.syncs), "it names nobody: it may have been any one's"


@pytest.mark.parametrize("counted", [False, True])
def test_a_frame_that_cannot_be_read_costs_its_book_and_a_message_without_levels_costs_nothing(counted: bool) -> None:
    session = joined()
    assert session.depth.read(b'{"e":"something else","s":"BTCUSDT"}', NOW, counted) == ()
    effects = session.depth.read(change(number=102, size="1x"), NOW, counted)
    assert len(of_kind(list(effects), LogMessage)) == 1
    assert [sync.state for sync in session.syncs] == [VenueState.SUSPECT, VenueState.LIVE]


def test_a_message_that_the_venue_file_refuses_is_a_frame_or_perhaps_a_trade(monkeypatch: pytest.MonkeyPatch) -> None:
    session = joined()
    monkeypatch.setattr(type(session.trades), "missed", lambda _self, streams: [TradesMissed(each) for each in streams])
    effects = session.depth.not_understood(b'{"e":"trade","s":"BTCUSDT"}', "odd", NOW.monotonic)
    assert [effect.stream for effect in effects if isinstance(effect, TradesMissed)] == list(session.trade_streams)
    assert all(sync.live for sync in session.syncs)
    session.depth.not_understood(change(number=102), "odd", NOW.monotonic)
    assert [sync.live for sync in session.syncs] == [False, True]


def test_corrupt_bytes_cost_nothing_where_numbers_will_show_the_loss() -> None:
    session = joined()
    session.depth.corrupt(b"\xff", NOW.monotonic)
    assert all(sync.live for sync in session.syncs)


def test_corrupt_bytes_cost_the_books_whose_loss_nothing_will_show() -> None:
    blind = two_books(VENUES["bitstamp"]())
    for sync in blind.syncs:
        sync.proved.joined = True
        sync.proved.set_state(VenueState.LIVE, "")
    named = blind.syncs[1].plan.stream
    blind.depth.corrupt(f'{{"{named}"\xff'.encode("latin-1"), NOW.monotonic)
    assert [sync.live for sync in blind.syncs] == [True, False]
    blind.depth.corrupt(b"\xff", NOW.monotonic)
    assert not any(sync.live for sync in blind.syncs)


def test_a_missing_message_of_a_counted_connection_ends_the_connection() -> None:
    session = joined()
    assert session.depth.count_message(1, NOW.monotonic) == ()
    assert session.depth.count_message(2, NOW.monotonic) == ()
    (effect,) = session.depth.count_message(4, NOW.monotonic)
    assert effect == Reconnect("after message 2 of the connection came 4", broken=True, gap=True)
    assert {sync.state for sync in session.syncs} == {VenueState.GAP}


def test_a_checksum_of_an_unknown_route_is_nobodys() -> None:
    assert joined().depth.checksum(ChecksumSeen("nobody", 5), NOW.monotonic) == ()
