"""Trades of a connection: their order, their streams, and the evidence that they are."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence

import pytest

from orderbook_ext import IMPLEMENTATION
from server.backoff import Backoff
from server.book.synchronizer import BookSynchronizer
from server.connection.effects import (
    Effect,
    FetchSnapshot,
    LogMessage,
    Send,
    TradeReceived,
    TradesMissed,
    TradesStatus,
)  # fmt: skip
from server.connection.session import Session
from server.model import Receipt, TradesState, VenueState
from server.protocol.venue import TradeIds
from server.units import SECOND
from server.venues.binance import Binance
from tests.connection.parts_rig import NOW, of_kind, trade, two_books
from tests.connection.test_depth_messages import change
from tests.volume import examples


def test_the_trades_of_a_message_come_in_order_whichever_way_the_venue_sends_them() -> None:
    for seed in range(20):
        session = two_books()
        numbers = list(range(5))
        random.Random(seed).shuffle(numbers)
        effects = session.trades.received([trade(session, number) for number in numbers], NOW.monotonic)
        received = of_kind(effects, TradeReceived)
        assert [int(effect.event.trade.trade_id) for effect in received if isinstance(effect, TradeReceived)] == [
            *range(5)
        ]


def test_the_first_trade_says_that_the_stream_is_received() -> None:
    session = two_books()
    stream = session.trade_streams[0]
    assert session.trades.state(stream) is TradesState.WAITING
    effects = session.trades.trade(trade(session, 1), NOW.monotonic)
    assert TradesStatus(stream, TradesState.RECEIVED, "") in effects
    assert session.trades.state(stream) is TradesState.RECEIVED
    assert of_kind(session.trades.trade(trade(session, 2), NOW.monotonic), TradesStatus) == []


def test_trades_of_the_past_say_nothing_of_the_book_of_now(monkeypatch: pytest.MonkeyPatch) -> None:
    session = two_books()
    seen: list[str] = []
    monkeypatch.setattr(type(session.syncs[0]), "trade", lambda _self, made, _now: seen.append(made.trade_id))
    session.trades.received([trade(session, 1, past=True), trade(session, 2)], NOW.monotonic)
    assert seen == ["2"]


def test_a_defect_in_the_evidence_loses_no_trade(monkeypatch: pytest.MonkeyPatch) -> None:
    session = two_books()

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    session.trades.trade(trade(session, 1), NOW.monotonic)
    monkeypatch.setattr(type(session.syncs[0]), "trade", fail)
    effects = session.trades.trade(trade(session, 2), NOW.monotonic)
    assert len(of_kind(effects, TradeReceived)) == 1
    assert len(of_kind(effects, LogMessage)) == 1
    assert session.syncs[0].state is VenueState.SUSPECT


def test_a_defect_in_what_a_contradiction_leads_to_costs_the_book_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    session = two_books()
    sync = session.syncs[0]
    failed: list[str] = []
    rebuild = type(sync).rebuild

    def fail_once(self: BookSynchronizer, state: VenueState, reason: str, now: int) -> None:
        if not failed:
            failed.append(reason)
            raise ZeroDivisionError
        rebuild(self, state, reason, now)

    monkeypatch.setattr(type(sync), "rebuild", fail_once)
    effects = session.trades.contradicted(session.trade_streams[0], "far outside", NOW.monotonic)
    assert failed == ["far outside"]
    assert len(of_kind(effects, LogMessage)) == 1
    assert "internal error" in sync.entry.detail


class Two:
    """The same session twice: trades of one take the fast lane, those of the other never do."""

    def __init__(self) -> None:
        self.now = NOW.monotonic
        self.sessions = [two_books(), two_books()]
        self.sessions[1].lane.trades = None
        self.numbers = {"BTCUSDT": 100, "ETHUSDT": 100}

    def do(self, act: str, rng: random.Random) -> None:
        self.now += rng.choice([1, SECOND // 10, 2 * SECOND])
        symbol = rng.choice(sorted(self.numbers))
        data = self.message(act, symbol, rng)
        seen = [self.one(session, act, symbol, data) for session in self.sessions]
        assert seen[0] == seen[1], act

    def one(self, session: Session, act: str, symbol: str, data: bytes) -> tuple[object, ...]:
        stream = session.trade_streams[symbol != "BTCUSDT"]
        sync = session.syncs[symbol != "BTCUSDT"]
        effects: Sequence[Effect] = ()
        if act == "tick":
            effects = session.tick(self.now)
        elif act == "mute":
            effects = session.trades_mute(stream, self.now)
        elif act == "reopen":
            session.closed(VenueState.DOWN, "cut")
            effects = session.opened(self.now)
        elif act == "snapshot":
            sync.snapshot(session.snapshot_reader, session.held_reader, data, Receipt(self.now, self.now))
        else:
            effects = session.receive(data, Receipt(self.now, self.now))
        for effect in effects:
            if isinstance(effect, Send) and effect.request is not None:
                session.sent(effect.request, self.now)
        plain = [effect for effect in effects if not isinstance(effect, FetchSnapshot)]
        states = [(sync.state, sync.entry.detail) for sync in session.syncs]
        return plain, states, [session.trades_state(each) for each in session.trade_streams]

    def message(self, act: str, symbol: str, rng: random.Random) -> bytes:
        number = self.numbers[symbol] = self.numbers[symbol] + 1
        if act == "snapshot":
            return json.dumps({"lastUpdateId": number - 1, "bids": [["99", "1"]], "asks": [["101", "1"]]}).encode()
        if act in ("answer", "refusal"):
            answer = {"result": None} if act == "answer" else {"error": {"code": 2, "msg": "no"}}
            return json.dumps({**answer, "id": rng.randrange(1, 6)}).encode()
        if act == "frame":
            return change(symbol, number)
        price = rng.choice(["99.5", "100", "101.5", "101.5", "150"])
        data = {
            "e": "trade", "E": 1767225600000, "s": symbol, "t": number, "p": price, "q": "1.5", "T": 1767225600000,
            "m": rng.random() < 0.5, "M": True,
        }  # fmt: skip
        return json.dumps({"stream": f"{symbol.lower()}@trade", "data": data}).encode()


ACTS = ["trade"] * 8 + ["frame"] * 3 + ["snapshot"] * 2 + ["tick", "tick", "mute", "reopen", "answer", "refusal"]


def test_no_order_of_events_shows_which_way_trades_took(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Backoff, "next", lambda self: self._first)  # Else each session draws pauses of its own.
    taken, runs = 0, examples(60)
    for seed in range(runs):
        rng, two = random.Random(seed), Two()
        for _ in range(120):
            two.do(rng.choice(ACTS), rng)
        taken += two.sessions[0].lane.trades.taken if two.sessions[0].lane.trades is not None else 0
    if IMPLEMENTATION == "c":  # The twin's decoder leaves all trades to the venue file.
        assert taken > runs, "the fast lane was tried"


@pytest.mark.parametrize("ids", list(TradeIds))
def test_a_lost_trade_is_asked_for_where_no_number_will_show_the_loss(
    ids: TradeIds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Binance, "TRADE_IDS", ids)
    session = two_books()
    expected = [] if ids is TradeIds.CONSECUTIVE else [TradesMissed(stream) for stream in session.trade_streams]
    assert session.trades.missed(session.trade_streams) == expected


def test_streams_that_stand_in_bytes_nobody_can_decode() -> None:
    session = two_books()
    first, second = session.trade_streams
    assert session.trades.named_in(f'{{"{second}": broken'.encode()) == {second}
    assert session.trades.streams_of([session.syncs[0]]) == {first}
    assert session.trades.named_in(b"\xff") == set()
