"""Each trade once, in order, and without silent holes."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbook_ext import reference
from server.feed import trade_sequencer
from server.feed.trade_sequencer import Accepted, Output, TradeSequencer
from server.model import Side, Trade, TradeGap
from server.protocol.events import TradeEvent
from server.protocol.venue import TradeIds
from tests.ext.conftest import load_core
from tests.feed.sequencer_model import SequencerModel
from tests.volume import examples


def trade(number: int, time: int | None = None) -> Trade:
    return Trade("X", str(number), Decimal(1), Decimal(1), Side.BUY, number if time is None else time)


def event(number: int, past: bool = False) -> TradeEvent:
    return TradeEvent("s", trade(number), past)


def ids(outputs: Sequence[Output]) -> list[str]:
    return [
        f"({output.after_id}-{output.before_id}:{output.missing})" if isinstance(output, TradeGap) else output.trade_id
        for output in outputs
    ]


def take(sequencer: TradeSequencer, *numbers: int) -> list[str]:
    return ids([output for number in numbers for output in sequencer.accept_trade(event(number)).out])


def test_a_trade_counts_once_whichever_connection_brings_it() -> None:
    sequencer = TradeSequencer(TradeIds.RISING, fills=False)
    assert take(sequencer, 5, 5, 9, 5, 9, 12) == ["5", "9", "12"]


def test_a_hole_is_filled_from_the_venues_history_while_newer_trades_wait() -> None:
    sequencer = TradeSequencer(TradeIds.CONSECUTIVE, fills=True)
    assert take(sequencer, 1, 2) == ["1", "2"]
    taken = sequencer.accept_trade(event(6))
    assert (taken.out, taken.fill_since) == ((), trade(2))
    assert take(sequencer, 7) == []
    assert ids(list(sequencer.finish_fill("s", [trade(number) for number in (5, 4, 3, 2, 1)]))) == [
        "3",
        "4",
        "5",
        "6",
        "7",
    ]
    assert take(sequencer, 8) == ["8"]


def test_what_is_missing_since_the_end_of_the_server_before_is_filled_or_told() -> None:
    sequencer = TradeSequencer(TradeIds.CONSECUTIVE, fills=True)
    sequencer.resume("s", [trade(number) for number in (3, 4, 5)])
    taken = sequencer.accept_trade(event(8))
    assert (taken.out, taken.fill_since) == ((), trade(5))
    assert ids(list(sequencer.finish_fill("s", [trade(number) for number in (4, 5, 7)]))) == ["(5-7:1)", "7", "8"]
    sequencer.resume("s", [trade(1)])
    assert take(sequencer, 9) == ["9"], "a stream that has begun is not resumed"


def test_trades_that_came_before_the_server_was_restarted_do_not_come_again() -> None:
    for kind in TradeIds:
        sequencer = TradeSequencer(kind, fills=False)
        sequencer.resume("s", [trade(number, 1) for number in (3, 4, 5)])
        assert take(sequencer, 4, 5) == []
        assert take(sequencer, 6) == (["6"] if kind is TradeIds.CONSECUTIVE else ["(5-6:0)", "6"])


def test_what_the_history_lacks_is_told() -> None:
    sequencer = TradeSequencer(TradeIds.CONSECUTIVE, fills=True)
    take(sequencer, 1)
    sequencer.accept_trade(event(6))
    assert ids(list(sequencer.finish_fill("s", [trade(4), trade(5)]))) == ["(1-4:2)", "4", "5", "6"]


def test_a_history_that_does_not_answer_is_told_too() -> None:
    sequencer = TradeSequencer(TradeIds.CONSECUTIVE, fills=True)
    take(sequencer, 1)
    sequencer.accept_trade(event(6))
    take(sequencer, 7)
    assert ids(list(sequencer.finish_fill("s", None))) == ["(1-6:4)", "6", "7"]


def test_without_a_history_the_hole_is_told_at_once() -> None:
    sequencer = TradeSequencer(TradeIds.CONSECUTIVE, fills=False)
    assert take(sequencer, 1, 2, 5) == ["1", "2", "(2-5:2)", "5"]


def test_a_lost_connection_is_a_hole_where_ids_do_not_tell() -> None:
    sequencer = TradeSequencer(TradeIds.RISING, fills=False)
    sequencer.interrupt("s")
    assert take(sequencer, 10, 20) == ["10", "20"]
    sequencer.interrupt("s")
    assert take(sequencer, 30, 40) == ["(20-30:0)", "30", "40"]


def test_a_history_that_reaches_back_mends_a_lost_connection() -> None:
    sequencer = TradeSequencer(TradeIds.RISING, fills=True)
    take(sequencer, 10)
    sequencer.interrupt("s")
    assert sequencer.accept_trade(event(30)).fill_since == trade(10)
    assert ids(list(sequencer.finish_fill("s", [trade(30), trade(21), trade(10)]))) == ["21", "30"]
    sequencer.interrupt("s")
    sequencer.accept_trade(event(90))
    assert ids(list(sequencer.finish_fill("s", [trade(80)]))) == ["(30-80:0)", "80", "90"]


def test_names_are_ordered_by_time() -> None:
    sequencer = TradeSequencer(TradeIds.OPAQUE, fills=True)
    sequencer.accept_trade(TradeEvent("s", Trade("X", "uuid-1", Decimal(1), Decimal(1), Side.BUY, 100)))
    sequencer.interrupt("s")
    late = Trade("X", "uuid-3", Decimal(1), Decimal(1), Side.BUY, 300)
    assert sequencer.accept_trade(TradeEvent("s", late)).fill_since is not None
    history = [
        Trade("X", name, Decimal(1), Decimal(1), Side.BUY, time) for name, time in (("uuid-2", 200), ("uuid-0", 50))
    ]
    assert ids(list(sequencer.finish_fill("s", history))) == ["uuid-2", "uuid-3"]


def test_trades_from_before_we_listened_do_not_count_but_those_missed_do() -> None:
    sequencer = TradeSequencer(TradeIds.RISING, fills=False)
    assert ids(sequencer.accept_trade(event(5, past=True)).out) == []
    assert take(sequencer, 6) == ["6"]
    assert ids(sequencer.accept_trade(event(4, past=True)).out) == []
    assert ids(sequencer.accept_trade(event(9, past=True)).out) == ["9"]


@given(st.lists(st.sampled_from(["trade", "lose", "repeat", "answer", "refuse"]), max_size=60))
def test_nothing_is_lost_silently_and_nothing_twice(acts: list[str]) -> None:
    """All trades that happened are passed on once and in order, or are inside a hole that was told."""
    sequencer, happened, asked = TradeSequencer(TradeIds.CONSECUTIVE, fills=True), 0, False
    out: list[Output] = []
    for act in [*acts, "trade", "answer"]:
        if act == "lose":
            happened += 1
        elif act in ("answer", "refuse"):
            history = [trade(number) for number in range(1, happened + 1)] if act == "answer" else None
            if asked:
                out += sequencer.finish_fill("s", history)
                asked = False
        else:
            happened += act == "trade"
            if happened:
                taken = sequencer.accept_trade(event(happened))
                out += taken.out
                asked = asked or taken.fill_since is not None
    told, position = [], 0
    for output in out:
        if isinstance(output, TradeGap):
            assert int(output.after_id) == position
            position += output.missing
        else:
            told.append(int(output.trade_id))
            assert position in (0, told[-1] - 1)
            position = told[-1]
    assert not out or position == happened


# -- against the model


def outcome(call: Callable[..., Any], arguments: Sequence[Any]) -> Any:
    """What a call returns, or the kind of error that it raises."""
    try:
        return call(*arguments)
    except (ValueError, KeyError) as error:
        return type(error)


def accept(sequencer: TradeSequencer, event: TradeEvent) -> Accepted:
    """As TradeRouter does it."""
    counts = sequencer.accept_next(event)
    return sequencer.accept_trade(event) if counts is None else Accepted((event.trade,) if counts else ())


def outputs_of(found: Any) -> Sequence[Output]:
    return found.out if isinstance(found, Accepted) else found if isinstance(found, Sequence) else ()


class Venue:
    """A venue's trades on two connections: each brings them in its own order, some twice, and loses some."""

    def __init__(self, ids: TradeIds, choice: random.Random) -> None:
        self._ids = ids
        self._choice = choice
        self._number = choice.choice([0, 7, 10**18 - 5, 2**64 - 5, 10**29, 10**38 - 20])
        self._time = 0
        self.history: list[Trade] = []

    def act(self) -> tuple[str, Sequence[Any]]:
        """What happens next: a method of the sequencer, and its arguments."""
        act, stream = (
            self._choice.choice(["accept_trade"] * 30 + ["interrupt", "start_fill", "finish_fill", "has_seen"]),
            self._choice.choice("ab"),
        )
        if act == "accept_trade" or not self.history:
            return "accept_trade", (self._event(),)
        if act == "finish_fill":
            return act, (stream, self._answer())
        return act, (stream, self._choice.choice(self.history)) if act == "has_seen" else (stream,)

    def _event(self) -> TradeEvent:
        """A new trade, or one of the newest again."""
        choice = self._choice
        if self.history and choice.random() < 0.4:
            found = self.history[-min(len(self.history), int(choice.paretovariate(0.6)))]
        else:
            self._number += choice.choice([1, 1, 1, 1, 1, 2, 3])
            self._time += choice.choice([0, 0, 1, 5])
            found = Trade("X", self._id(), Decimal(1), Decimal(1), Side.BUY, self._time)
            self.history.append(found)
        return TradeEvent(choice.choice("aab"), found, past=choice.random() < 0.05)

    def _id(self) -> str:
        if self._ids is TradeIds.OPAQUE:
            return f"trade-{self._number:x}"
        return f"{self._number:0{self._choice.choice([1] * 20 + [9])}}" if self._choice.random() < 0.9995 else "odd"

    def _answer(self) -> list[Trade] | None:
        """Past trades in any order, some missing."""
        choice = self._choice
        newest = self.history[-choice.choice([0, 2, 30]) or len(self.history) :]
        known = [each for each in newest if choice.random() < 0.9]
        choice.shuffle(known)
        return known if choice.random() < 0.8 else None


@pytest.mark.parametrize("core", ["c", "python"])
@pytest.mark.parametrize("ids", TradeIds)
@pytest.mark.parametrize("fills", [True, False])
def test_it_does_what_the_model_does(core: str, ids: TradeIds, fills: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Event by event, whatever happens on the connections, in either core."""
    module: ModuleType | None = load_core() if core == "c" else reference
    if module is None:
        pytest.skip("the C core is not built")
    for name in ("ConsistencyLock", "TradeSequence"):
        monkeypatch.setattr(trade_sequencer, name, getattr(module, name))
    monkeypatch.setattr(trade_sequencer, "HELD", 20)
    monkeypatch.setattr("tests.feed.sequencer_model.HELD", 20)
    passed = gaps = 0
    for seed in range(examples(60)):
        choice = random.Random(f"{seed} {ids}")
        remembered, venue = choice.choice([3, 20, 2048]), Venue(ids, choice)
        both = TradeSequencer(ids, fills, remembered), SequencerModel(ids, fills, remembered)
        for _ in range(300):
            act, arguments = venue.act()
            ours = (
                partial(accept, both[0]) if act == "accept_trade" and choice.random() < 0.9 else getattr(both[0], act)
            )
            found, expected = outcome(ours, arguments), outcome(getattr(both[1], act), arguments)
            assert found == expected, (seed, act, arguments)
            passed += sum(isinstance(output, Trade) for output in outputs_of(found))
            gaps += sum(isinstance(output, TradeGap) for output in outputs_of(found))
    assert passed > examples(60) * 20
    assert gaps or ids is not TradeIds.CONSECUTIVE
