"""Trades on their way to their markets: in base units, each once, with gaps filled from the history, or reported."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from server.errors import UnreachableError
from server.feed.trade_router import TradeRouter
from server.market.feed_listener import FeedListener
from server.market.market import Market
from server.model import Instrument, Pair, Side, Trade, TradeGap, TradesState
from server.protocol.events import TradeEvent
from server.venues.binance import Binance

BTC, WRAPPED = Pair("BTC", "USDT"), Pair("XBT", "USDT")
STREAM = "btcusdt@trade"
TIME = 1_760_000_000_000


class Rig(FeedListener):
    """A router, its venue's history, and all that it says to the listener."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.sizes: list[Decimal] = []
        self.history: list[int] | None = []
        self.jobs: list[Callable[[], None]] = []
        self.markets = {pair: Market(pair, ["binance"], lambda _market: None) for pair in (BTC, WRAPPED)}
        rest: Any = SimpleNamespace(get=self._get, budget=SimpleNamespace(tight=lambda: False))
        workers: Any = SimpleNamespace(run=lambda _rank, job: self.jobs.append(job))
        stop: Any = SimpleNamespace(wait=lambda _seconds: False)
        self.router = TradeRouter(Binance(), rest, workers, stop, self)
        self.add(BTC)

    def add(self, pair: Pair, contract: str = "1") -> None:
        one = Decimal(1)
        instrument = Instrument(pair, "BTCUSDT", one, one, "TRADING", True, contract=Decimal(contract))
        self.router.add_stream(STREAM, self.markets[pair], instrument)

    def bring(self, *numbers: int, past: bool = False) -> list[str]:
        """What is said when these trades arrive."""
        for number in numbers:
            trade = Trade("BTCUSDT", str(number), Decimal(1), Decimal(2), Side.BUY, TIME * 10**6)
            self.router.trade(TradeEvent(STREAM, trade, past), 7)
        return self.take()

    def work(self) -> list[str]:
        """What is said when the workers have done what they were asked to."""
        while self.jobs:
            self.jobs.pop(0)()
        return self.take()

    def take(self) -> list[str]:
        said, self.said = self.said, []
        return said

    def _get(self, _request: Any, _stop: threading.Event, _held: object = None) -> bytes:
        if self.history is None:
            raise UnreachableError("no history now")
        row = {"price": "1", "qty": "2", "time": TIME, "isBuyerMaker": False}
        return json.dumps([{**row, "id": number} for number in self.history]).encode()

    def trade(self, market: Market, venue: str, trade: Trade, receive_time: int) -> None:
        assert (venue, trade.side) == ("binance", Side.BUY)
        assert receive_time >= 7
        self.said.append(f"{market.pair.base} {trade.trade_id}")
        self.sizes.append(trade.size)

    def trade_gap(self, market: Market, venue: str, gap: TradeGap, receive_time: int) -> None:
        self.said.append(f"{market.pair.base} {gap.after_id}..{gap.before_id}: {gap.missing}")

    def trade_coverage(self, market: Market, venue: str, complete: bool, at: int) -> None:
        self.said.append(f"{market.pair.base} {'covered' if complete else 'not covered'}")


def test_each_trade_reaches_its_market_once() -> None:
    rig = Rig()
    assert rig.bring(4, past=True) == []
    assert rig.bring(5, 6, 6, 5, 7) == ["BTC 5", "BTC 6", "BTC 7"]
    assert rig.router.trades_received(STREAM) == rig.markets[BTC].trades["binance"] == 3
    rig.router.trade(TradeEvent("another", Trade("X", "1", Decimal(1), Decimal(1), Side.BUY, TIME)), 7)
    assert rig.take() == []


def test_two_pairs_of_one_stream_have_it_each_in_base_units() -> None:
    rig = Rig()
    rig.add(WRAPPED, contract="0.1")
    rig.add(WRAPPED, contract="0.01")
    assert rig.bring(5, 6) == ["BTC 5", "XBT 5", "BTC 6", "XBT 6"]
    assert rig.sizes == [Decimal(2), Decimal("0.02")] * 2
    rig.router.remove_market(BTC)
    assert rig.bring(7) == ["XBT 7"]
    assert [market.pair for market, _ in rig.router.owners(STREAM)] == [WRAPPED]


def test_a_gap_is_filled_from_the_history() -> None:
    rig = Rig()
    rig.bring(5)
    rig.history = [5, 6, 7, 8]
    assert rig.bring(8, 9) == []
    assert rig.work() == ["BTC 6", "BTC 7", "BTC 8", "BTC 9"]
    assert rig.bring(10) == ["BTC 10"]


def test_a_gap_that_the_history_does_not_fill_is_reported_in_its_place() -> None:
    for history, expected in ((None, ["BTC 5..8: 2", "BTC 8"]), ([7], ["BTC 5..7: 1", "BTC 7", "BTC 8"])):
        rig = Rig()
        rig.add(WRAPPED)
        rig.bring(5)
        rig.history = history
        rig.bring(8)
        said = rig.work()
        assert said[::2] == expected
        assert said[1::2] == [each.replace("BTC", "XBT") for each in expected]
        assert [market.trade_gaps for market in rig.markets.values()] == [{"binance": 1}] * 2


def test_trades_since_the_server_before_are_asked_for_when_the_stream_goes_on() -> None:
    rig = Rig()
    rig.router.remove_market(BTC)
    rig.router.resume(BTC, [Trade("BTCUSDT", "5", Decimal(1), Decimal(2), Side.BUY, TIME * 10**6)])
    rig.add(BTC)
    rig.history = [5, 6, 7]
    assert rig.bring(8) == []
    assert rig.work() == ["BTC 6", "BTC 7", "BTC 8"]


def test_a_message_that_may_have_been_a_trade_has_the_history_asked() -> None:
    rig = Rig()
    rig.router.trade_missed(STREAM)
    assert not rig.jobs, "nothing came yet"
    rig.bring(5)
    rig.history = [5, 6]
    rig.router.trade_missed(STREAM)
    assert rig.work() == ["BTC 6"]


def test_coverage_follows_the_state_of_the_subscription() -> None:
    rig = Rig()
    entry = rig.markets[BTC].entries["binance"]
    for state, said in (
        (TradesState.WAITING, []),
        (TradesState.RECEIVED, ["BTC covered"]),
        (TradesState.RECEIVED, []),
        (TradesState.MUTE, ["BTC not covered"]),
        (TradesState.REFUSED, []),
        (TradesState.RECEIVED, ["BTC covered"]),
    ):
        rig.router.set_state(STREAM, state)
        assert (rig.take(), entry.trades_state) == (said, state)
    rig.router.interrupt(STREAM)
    assert (rig.take(), entry.trades_state) == (["BTC not covered"], TradesState.WAITING)
    rig.router.mark_untraded(rig.markets[BTC])
    assert (rig.take(), entry.trades_state) == (["BTC covered"], TradesState.UNSPECIFIED)


def test_a_paused_market_hears_nothing_and_what_came_meanwhile_is_a_gap() -> None:
    rig = Rig()
    rig.router.set_state(STREAM, TradesState.RECEIVED)
    rig.bring(5)
    rig.router.pause_market(BTC)
    assert rig.take() == ["BTC not covered"]
    assert rig.bring(6) == []
    rig.add(BTC)
    rig.history = None
    rig.bring(9)
    assert rig.work() == ["BTC 5..9: 3", "BTC 9"]


def test_a_stream_is_mute_when_the_history_has_moved_on() -> None:
    rig = Rig()
    muted: list[str] = []
    rig.bring(5)
    rig.router.set_state(STREAM, TradesState.RECEIVED)
    assert not rig.router.is_silent(STREAM, 0.0)
    assert rig.router.is_silent(STREAM, 1000.0)
    for newest, expected in ((5, 0), (6, 1)):
        rig.history = [newest]
        rig.router.probe(STREAM, lambda: muted.append(STREAM))
        rig.work()
        assert len(muted) == expected
