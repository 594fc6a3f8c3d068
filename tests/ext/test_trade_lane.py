"""Which trades need no decision, and what becomes of the others; C and twin decide alike."""

from __future__ import annotations

import random
from types import ModuleType
from typing import Any

import pytest

import orderbook_ext
from orderbook_ext import reference
from server.connection.effects import TradeReceived
from server.errors import FrameError
from server.model import Side, Trade
from server.protocol.events import TradeEvent
from server.venues.binance import Binance
from tests.ext.lanes import LEFT, LaneRig, frame
from tests.volume import examples

SECOND = 1_000_000_000
LONGEST = 4_000


def message(price: str = "100.5", number: int = 1, symbol: str = "BTCUSDT", maker: bool = False) -> bytes:
    """A trade of Binance; of a buyer unless the buyer was the maker."""
    data = (
        f'{{"e":"trade","E":1767225600000,"s":"{symbol}","t":{number},"p":"{price}","q":"1.5","T":1767225600000,'
        f'"m":{str(maker).lower()},"M":true}}'
    )
    return f'{{"stream":"{symbol.lower()}@trade","data":{data}}}'.encode()


class Read:
    """Reads trades as the venue file does: the decoder of the twin leaves them all to that."""

    def read(self, data: bytes) -> list[Any] | None:
        try:
            return [event for event in Binance().read(data) if isinstance(event, TradeEvent)] or None
        except FrameError:
            return None


class Rig:
    """A frame lane with a book and a trade lane behind it; notes what is left to decide."""

    def __init__(self, impl: ModuleType) -> None:
        self.impl = impl
        self.book = LaneRig(impl)
        self.decided: list[list[str]] = []
        self.faults: list[tuple[str, str]] = []
        made = impl.TradeDecoder(Binance.TRADES, Trade, TradeEvent, (Side.BUY, Side.SELL), numbered=True)
        decoder = Read() if impl is reference else made
        self.trades = impl.TradeLane(decoder, TradeReceived, self._decide, self._fault, longest=LONGEST)
        self.book.frames.trades = self.trades
        self.counter = impl.TradeThroughCounter()

    def bind(self, stream: str = "btcusdt@trade") -> None:
        self.trades.bind(stream, self.book.lane, self.counter)

    def _decide(self, events: list[TradeEvent], now: int) -> list[str]:
        self.decided.append([event.trade.trade_id for event in events])
        return [f"decided at {now}"]

    def _fault(self, stream: str, reason: str, _now: int) -> list[str]:
        self.faults.append((stream, reason))
        self.book.lane.disarm()
        return ["withdrawn"]

    def receive(self, data: bytes, now: int = 5) -> list[Any]:
        return list(self.book.frames.receive(data, (10**18, now)))


def test_the_first_trade_of_a_stream_needs_a_decision_and_the_next_ones_do_not(impl: ModuleType) -> None:
    rig = Rig(impl)
    assert rig.receive(message()) == ["decided at 5"]
    rig.bind()
    (effect,) = rig.receive(message(number=2))
    assert effect == TradeReceived(effect.event)
    assert (effect.event.stream, effect.event.trade.trade_id) == ("btcusdt@trade", "2")
    assert rig.receive(message(number=3, symbol="ETHUSDT")) == ["decided at 5"]
    assert (rig.decided, rig.trades.taken) == ([["1"], ["3"]], 1)


def test_a_book_that_needs_a_decision_takes_its_trades_out_of_the_lane(impl: ModuleType) -> None:
    rig = Rig(impl)
    rig.bind()
    rig.book.lane.disarm()
    assert rig.receive(message()) == ["decided at 5"]
    rig.book.arm()
    assert isinstance(rig.receive(message(number=2))[0], TradeReceived)


def test_a_stream_without_a_book_needs_none(impl: ModuleType) -> None:
    rig = Rig(impl)
    rig.trades.bind("btcusdt@trade")
    assert isinstance(rig.receive(message("1"))[0], TradeReceived)
    with pytest.raises(ValueError, match="lane of their book"):
        rig.trades.bind("x", None, rig.counter)


def test_forgotten_streams_need_a_decision(impl: ModuleType) -> None:
    for forget in ("one", "all", "routes"):
        rig = Rig(impl)
        rig.bind()
        rig.trades.forget("another")
        assert isinstance(rig.receive(message())[0], TradeReceived)
        if forget == "routes":
            rig.book.frames.forget()
        else:
            rig.trades.forget(*["btcusdt@trade"] if forget == "one" else [])
        assert rig.receive(message(number=2)) == ["decided at 5"]


def test_trades_that_contradict_the_book_are_handed_on_and_lead_to_its_withdrawal(impl: ModuleType) -> None:
    rig = Rig(impl)
    rig.bind()
    results = [rig.receive(message("101.5", number), number * SECOND) for number in range(1, 20)]
    assert rig.faults == [("btcusdt@trade", "trades at 101.5 go through a level that does not change")]
    taken = results[: rig.trades.taken]
    assert all(isinstance(result[0], TradeReceived) for result in taken), "no trade is lost for it"
    assert [result[1:] for result in taken] == [*[[]] * (len(taken) - 1), ["withdrawn"]]
    assert rig.decided == [[str(number)] for number in range(len(taken) + 1, 20)], "the book is not armed any more"


def test_a_defect_in_the_evidence_loses_no_trade() -> None:
    """Of the twin, whose counter a test can break: the lane in C has the same way out."""
    rig = Rig(reference)

    class Broken:
        def traded(self, *_: object) -> str:
            raise ZeroDivisionError

    rig.trades.bind("btcusdt@trade", rig.book.lane, Broken())
    assert rig.receive(message()) == ["decided at 5"]
    assert (rig.decided, rig.trades.taken) == ([["1"]], 0)


def test_what_is_no_message_of_trades_is_left_to_others(impl: ModuleType) -> None:
    rig = Rig(impl)
    rig.bind()
    for data in (b'{"result":null,"id":1}', b"[]", b"\xff", message() + b" " * LONGEST):
        assert rig.receive(data) == [*LEFT], data[:40]
    assert (rig.trades.taken, rig.decided) == (0, [])


def test_depth_frames_are_not_read_as_trades(impl: ModuleType) -> None:
    rig = Rig(impl)
    rig.bind()
    assert rig.receive(frame(f=101, l=101)) == []
    assert (rig.trades.taken, rig.book.frames.taken) == (0, 1)


@pytest.mark.skipif(orderbook_ext.IMPLEMENTATION != "c", reason="there is nothing to compare")
def test_both_lanes_decide_alike() -> None:
    for seed in range(examples(40)):
        rng = random.Random(seed)
        rigs = [Rig(orderbook_ext), Rig(reference)]
        for number in range(60):
            act = rng.random()
            price = rng.choice(["99.5", "100", "101", "101.5", "150", "1"])
            data = message(price, number, rng.choice(["BTCUSDT", "ETHUSDT"]), rng.random() < 0.5)
            seen = []
            for rig in rigs:
                if act < 0.1:
                    rig.bind()
                elif act < 0.15:
                    rig.trades.forget()
                elif act < 0.2:
                    rig.book.lane.disarm()
                elif act < 0.3:
                    rig.book.arm()
                result = rig.receive(data, number * SECOND)
                seen.append((result, rig.trades.taken, rig.decided, rig.faults, rig.book.lane.armed))
            assert seen[0] == seen[1], seed
