"""Runs of recorded messages: what a run takes is what receive() makes of each message, and it ends where it must."""

from __future__ import annotations

import random
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import pytest

from orderbook_ext import reference
from orderbook_ext.lane import SEQUENCES
from recording.layout import RECORD_HEAD
from recording.records import Kind
from server.connection.effects import TradeReceived
from server.model import Side, Trade
from server.protocol.events import TradeEvent
from server.venues.binance import Binance
from tests.ext.lanes import CHECKSUM, NOW, LaneRig, frame
from tests.ext.test_trade_lane import Read
from tests.ext.test_trade_lane import Rig as TradeRig
from tests.ext.test_trade_lane import message as trade_message
from tests.volume import examples

NEVER = 2**62
Row = tuple[int, int, bytes, int, int]
"""Kind, source, body, time, monotonic time: as a recording has them."""


def payload(rows: list[Row]) -> bytes:
    heads = [RECORD_HEAD.pack(len(body), source, kind, time, at) for kind, source, body, time, at in rows]
    return b"".join(heads) + b"".join(row[2] for row in rows)


def message(number: int, source: int = 1, **fields: Any) -> Row:
    body = frame(**{"f": 100 + number, "l": 100 + number, "t": NOW, "b": [["100.5", str(number)]], **fields})
    return Kind.RECEIVED, source, body, 1000 + number, 10 + number


def tick(at: int, source: int = 1) -> Row:
    return Kind.TICK, source, b"", 1000 + at, 10 + at


class RunRig:
    def __init__(self, impl: ModuleType, sources: int = 1, **options: Any) -> None:
        self.lanes = [LaneRig(impl, **options) for _ in range(sources)]
        self.time = impl.PlayedTime()
        self.decided: list[tuple[int, bytes, int, int, str]] = []
        self.delivered: list[tuple[int, list[Any], bool]] = []
        self.ends = False
        self.run = impl.LaneRun(self.time, self._decide, self._deliver)
        for number, rig in enumerate(self.lanes, 1):
            self.run.bind(number, rig.frames)

    def _decide(self, source: int, body: bytes, time: int, elapsed: int, error: Exception | None) -> None:
        assert (self.time.utc, self.time.elapsed) == (time, elapsed)
        self.decided.append((source, body, time, elapsed, repr(error)))

    def _deliver(self, source: int, effects: Sequence[Any], plain: bool) -> bool:
        self.delivered.append((source, list(effects), plain))
        return self.ends

    def take(self, rows: list[Row], number: int = 0, until: int = NEVER) -> tuple[int, int]:
        """The number of the first record that was not played, and the number of messages that were."""
        at = len(rows) * RECORD_HEAD.size + sum(len(row[2]) for row in rows[:number])
        after, at, messages = self.run.take(payload(rows), len(rows), number, at, until)
        assert at == len(rows) * RECORD_HEAD.size + sum(len(row[2]) for row in rows[:after])
        return after, messages


def test_messages_in_plain_order_are_taken_with_their_times(impl: ModuleType) -> None:
    rig = RunRig(impl, sources=2)
    rig.time.shift = 5
    rows = [message(1), message(1, source=2), message(2), message(3)]
    assert rig.take(rows) == (4, 4)
    first, second = rig.lanes
    assert (first.sequence.position, second.sequence.position) == (103, 101)
    assert (first.entry.receive_time, first.entry.receive_monotonic) == (1003, 18)
    assert (rig.time.utc, rig.time.elapsed, rig.time.time_ns(), rig.time.monotonic_ns()) == (1003, 18, 1003, 18)
    assert rig.time.monotonic() == 18 / 1e9
    assert (first.frames.taken, first.frames.left, rig.decided) == (3, 0, [])


STOPS: dict[str, Row] = {
    "a gap": message(7),
    "no frame": (Kind.RECEIVED, 1, b'{"trade":1}', 1003, 13),
    "nothing": (Kind.RECEIVED, 1, b"", 1003, 13),
    "an unknown source": message(3, source=9),
    "an answer": (Kind.ANSWER, 1, b"{}", 1003, 13),
    "a tick": tick(3),
}


@pytest.mark.parametrize("stop", STOPS.values(), ids=STOPS)
def test_a_run_ends_before_what_is_out_of_the_ordinary(impl: ModuleType, stop: Row) -> None:
    rig = RunRig(impl)
    rows = [message(1), message(2), stop, message(3)]
    assert rig.take(rows) == (2, 2)
    state = rig.lanes[0].state()
    assert (rig.time.utc, rig.time.elapsed) == (1002, 12), "the time is that of the last record that was played"
    assert rig.take(rows, 2) == (2, 0)
    assert rig.lanes[0].state() == state
    assert rig.take(rows, 3) == (4, 1)


def test_a_run_ends_behind_the_record_at_its_time(impl: ModuleType) -> None:
    rows = [message(number) for number in range(1, 6)]
    rig = RunRig(impl)
    assert rig.take(rows, until=13) == (3, 3)
    assert rig.take(rows, 3, until=0) == (4, 1), "at least one"


def test_a_disarmed_lane_and_one_with_a_tap_take_nothing(impl: ModuleType) -> None:
    rig = RunRig(impl)
    rig.lanes[0].lane.disarm()
    assert rig.take([message(1)]) == (0, 0)
    rig.lanes[0].arm()
    rig.lanes[0].frames.tap = lambda _data, _at: None
    assert rig.take([message(1)]) == (0, 0)
    rig.lanes[0].frames.tap = None
    rig.run.forget(1)
    assert rig.take([message(1)]) == (0, 0)
    rig.run.bind(1, rig.lanes[0].frames)
    rig.run.forget()
    assert rig.take([message(1)]) == (0, 0)


def test_the_owner_is_asked_about_what_shows_only_after_the_frame(impl: ModuleType) -> None:
    rig = RunRig(impl, checksum=CHECKSUM)
    crossing = message(2, b=[["101.5", "1"]])
    assert rig.take([message(1), crossing, message(3)]) == (2, 2)
    assert rig.decided == [(1, crossing[2], 1002, 12, "None")]
    assert rig.lanes[0].proved == [(1002, 12, None)]
    assert rig.take([message(3)]) == (0, 0), "the owner has disarmed the lane"


def test_errors_of_the_owner_go_to_whoever_decides(impl: ModuleType) -> None:
    rig = RunRig(impl)

    def fail(*_: object) -> None:
        raise LookupError("a defect")

    rig.lanes[0].prove = fail  # type: ignore[method-assign, assignment]
    assert rig.take([message(1, b=[["101.5", "1"]])]) == (1, 1)
    assert rig.decided[0][4] == "LookupError('a defect')"


def trade(number: int) -> Row:
    return Kind.RECEIVED, 1, trade_message(number=number), 1000 + number, 10 + number


class TradesRig(RunRig):
    """With trades behind the first lane."""

    def __init__(self, impl: ModuleType) -> None:
        super().__init__(impl)
        self.of_trades = TradeRig(impl)
        self.lanes = [self.of_trades.book]
        self.run.bind(1, self.of_trades.book.frames)


def test_trades_that_need_no_decision_go_on_with_the_run(impl: ModuleType) -> None:
    rig = TradesRig(impl)
    rig.of_trades.bind()
    rows = [message(1), trade(2), message(2), trade(3)]
    assert rig.take(rows) == (4, 4)
    assert [(source, each.event.trade.trade_id, plain) for source, (each,), plain in rig.delivered] == [
        (1, "2", True), (1, "3", True)
    ]  # fmt: skip
    assert (rig.lanes[0].frames.taken, rig.lanes[0].frames.left) == (2, 2), "as receive() counts them"
    rig.ends = True
    assert rig.take(rows, 3) == (4, 1)
    rows = [trade(4), message(3)]
    assert rig.take(rows) == (1, 1), "where deliver says so"


def test_trades_that_were_decided_about_are_said_not_to_be_plain(impl: ModuleType) -> None:
    rig = TradesRig(impl)
    assert rig.take([trade(1)]) == (1, 1)
    assert rig.delivered == [(1, ["decided at 11"], False)]
    rig.of_trades.bind()
    far: list[Row] = [(Kind.RECEIVED, 1, trade_message("900", n), 1000, n * 10**9) for n in range(30)]
    rig.take(far)
    assert rig.of_trades.faults, "no price of this book"
    _, effects, plain = next(each for each in rig.delivered if len(each[1]) > 1)
    assert effects[-1] == "withdrawn"
    assert not plain


def test_errors_in_trades_go_to_whoever_decides(impl: ModuleType) -> None:
    rig = TradesRig(impl)

    def fail(*_: object) -> None:
        raise LookupError("a defect")

    rig.of_trades.trades = impl.TradeLane(
        Read() if impl is reference else impl.TradeDecoder(
            Binance.TRADES, Trade, TradeEvent, (Side.BUY, Side.SELL), numbered=True
        ), TradeReceived, fail, fail, longest=1000,
    )  # fmt: skip
    rig.lanes[0].frames.trades = rig.of_trades.trades
    assert rig.take([trade(1)]) == (1, 1)
    assert [each[4] for each in rig.decided] == ["LookupError('a defect')"]
    assert rig.lanes[0].frames.left == 1


def test_ticks_are_passed_over_while_their_source_rests(impl: ModuleType) -> None:
    rig = RunRig(impl, sources=2)
    rows = [tick(1), message(2), tick(3), tick(4, source=2)]
    assert rig.take(rows) == (0, 0)
    rig.run.rest(1, 14)
    rig.run.rest(9, 14)
    rows[1] = message(1)
    assert rig.take(rows) == (3, 1)
    assert rig.time.elapsed == 13
    rig.run.disturb(2)
    assert rig.take(rows, 2) == (3, 0)
    rig.run.disturb(1)
    assert rig.take(rows, 2) == (2, 0)
    rig.run.rest(1, 13)
    assert rig.take(rows, 2) == (2, 0), "its time has come"
    rig.run.rest(1, 99)
    rig.run.disturb()
    assert rig.take(rows, 2) == (2, 0)


@pytest.mark.parametrize(("count", "number", "at"), [(9, 0, 288), (1, 2, 32), (1, 0, 31), (1, 0, 10**6), (1, -1, 32)])
def test_what_is_no_block_is_refused(impl: ModuleType, count: int, number: int, at: int) -> None:
    rig = RunRig(impl)
    with pytest.raises(ValueError, match="not the records of a block"):
        rig.run.take(payload([message(1)]), count, number, at, NEVER)


def test_lengths_beyond_the_block_end_the_run(impl: ModuleType) -> None:
    rig = RunRig(impl)
    head = RECORD_HEAD.pack(2**32 - 1, 1, Kind.RECEIVED, 1, 1)
    assert rig.run.take(head + b"x" * 50, 1, 0, 32, NEVER) == (0, 32, 0)


def test_times_stop_at_the_end_of_what_can_be_counted(impl: ModuleType) -> None:
    time = impl.PlayedTime()
    time.shift = 2**63 - 1
    assert time.set(5, 2**62) == 2**63 - 1
    assert time.elapsed == 2**63 - 1
    time.shift = -(2**63 - 1)
    assert time.set(6, -(2**62)) == -(2**63)
    assert (time.utc, time.elapsed) == (6, 2**63 - 1), "it never falls"


@pytest.mark.parametrize("kind", SEQUENCES)
def test_a_run_makes_of_messages_what_the_lane_makes_of_each(impl: ModuleType, kind: str) -> None:
    """Drawn at random: plain frames, gaps, repetitions, crossings, other bytes, ticks."""
    draw = random.Random(kind)
    for _ in range(examples(15)):
        rows, number = [], 0
        for _ in range(draw.randrange(1, 30)):
            number += draw.choice([0, 1, 1, 1, 1, 2])
            price = draw.choice(["100.5", "100.7", "99", "101.5"] if draw.random() < 0.2 else ["100.5", "100.7"])
            fields: dict[str, Any] = {"p": 99 + number, "b": [[price, str(draw.randrange(4))]]}
            rows.append(
                message(number, **fields) if draw.random() < 0.9 else draw.choice([tick(number), STOPS["no frame"]])
            )
        run, single = RunRig(impl, kind=kind), LaneRig(impl, kind)
        place = 0
        while place < len(rows):
            place, _ = run.take(rows, place)
            if place < len(rows):  # As the player does with what the run leaves.
                if rows[place][0] == Kind.RECEIVED:
                    run.lanes[0].frames.receive(rows[place][2], rows[place][3:])
                place += 1
        for row in rows:
            if row[0] == Kind.RECEIVED:
                single.frames.receive(row[2], row[3:])
        assert run.lanes[0].state() == single.state()
