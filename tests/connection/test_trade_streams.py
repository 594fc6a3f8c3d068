"""Trades of a connection: their order, their streams, and the evidence that they are."""

from __future__ import annotations

import random

import pytest

from server.connection.effects import LogMessage, TradeReceived, TradesMissed, TradesStatus
from server.model import TradesState, VenueState
from server.protocol.venue import TradeIds
from server.venues.binance import Binance
from tests.connection.parts_rig import NOW, of_kind, trade, two_books


def test_the_trades_of_a_message_come_in_order_whichever_way_the_venue_sends_them() -> None:
    for seed in range(20):
        session = two_books()
        numbers = list(range(5))
        random.Random(seed).shuffle(numbers)
        effects = session._trades.received([trade(session, number) for number in numbers], NOW.monotonic)
        received = of_kind(effects, TradeReceived)
        assert [int(effect.event.trade.trade_id) for effect in received if isinstance(effect, TradeReceived)] == [
            *range(5)
        ]


def test_the_first_trade_says_that_the_stream_is_received() -> None:
    session = two_books()
    stream = session.trade_streams[0]
    assert session._trades.state(stream) is TradesState.WAITING
    effects = session._trades.trade(trade(session, 1), NOW.monotonic)
    assert TradesStatus(stream, TradesState.RECEIVED, "") in effects
    assert session._trades.state(stream) is TradesState.RECEIVED
    assert of_kind(session._trades.trade(trade(session, 2), NOW.monotonic), TradesStatus) == []


def test_trades_of_the_past_say_nothing_of_the_book_of_now(monkeypatch: pytest.MonkeyPatch) -> None:
    session = two_books()
    seen: list[str] = []
    monkeypatch.setattr(type(session.syncs[0]), "trade", lambda _self, made, _now: seen.append(made.trade_id))
    session._trades.received([trade(session, 1, past=True), trade(session, 2)], NOW.monotonic)
    assert seen == ["2"]


def test_a_defect_in_the_evidence_loses_no_trade(monkeypatch: pytest.MonkeyPatch) -> None:
    session = two_books()

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    session._trades.trade(trade(session, 1), NOW.monotonic)
    monkeypatch.setattr(type(session.syncs[0]), "trade", fail)
    effects = session._trades.trade(trade(session, 2), NOW.monotonic)
    assert len(of_kind(effects, TradeReceived)) == 1
    assert len(of_kind(effects, LogMessage)) == 1
    assert session.syncs[0].state is VenueState.SUSPECT


@pytest.mark.parametrize("ids", list(TradeIds))
def test_a_lost_trade_is_asked_for_where_no_number_will_show_the_loss(
    ids: TradeIds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Binance, "TRADE_IDS", ids)
    session = two_books()
    expected = [] if ids is TradeIds.CONSECUTIVE else [TradesMissed(stream) for stream in session.trade_streams]
    assert session._trades.missed(session.trade_streams) == expected


def test_streams_that_stand_in_bytes_nobody_can_decode() -> None:
    session = two_books()
    first, second = session.trade_streams
    assert session._trades.named_in(f'{{"{second}": broken'.encode()) == {second}
    assert session._trades.of([session.syncs[0]]) == {first}
    assert session._trades.named_in(b"\xff") == set()
