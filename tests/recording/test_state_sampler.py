"""StateSampler: digests of live books and of no others, each book in its turn."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from orderbook_ext import OrderBook
from recording.bodies import BookState
from server.market.market import Market
from server.model import Pair, VenueState
from server.recording import state_sampler
from server.recording.state_sampler import StateSampler
from tests.waiting import eventually


def market(name: str, live: Sequence[str], dead: Sequence[str] = ()) -> Market:
    made = Market(Pair(name, "Q"), (*live, *dead), lambda _market: None)
    for number, venue in enumerate(live):
        entry = made.entries[venue]
        entry.book = OrderBook(0, 0, lock=made.lock)
        entry.book.load([("9", "1")], [("10", "1")])
        entry.state = VenueState.LIVE
        entry.stamp(1, 2, 3, 40 + number)
    return made


def test_live_books_are_sampled_with_their_sequence_numbers() -> None:
    found: list[Sequence[BookState]] = []
    one = market("A", ["x", "y"], ["z"])
    StateSampler({one.pair: one}, found.append).sample()
    (states,) = found
    assert [(each.market, each.venue, each.sequence) for each in states] == [("A/Q", "x", 40), ("A/Q", "y", 41)]
    assert {each.digest for each in states} == {f"{one.entries['x'].digest()[1]:016x}"}


def test_without_a_live_book_there_is_no_record() -> None:
    found: list[Sequence[BookState]] = []
    one = market("A", [], ["z"])
    StateSampler({one.pair: one}, found.append).sample()
    assert found == []


def test_many_books_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_sampler, "MOST", 3)
    found: list[Sequence[BookState]] = []
    markets = {each.pair: each for each in (market("A", "uv"), market("B", "wxyz"))}
    sampler = StateSampler(markets, found.append)
    for _ in range(3):
        sampler.sample()
    assert [[each.venue for each in states] for states in found] == [["u", "v", "w"], ["x", "y", "z"], ["u", "v", "w"]]


def test_the_thread_samples_until_it_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_sampler, "PERIOD", 0.01)
    found: list[Sequence[BookState]] = []
    one = market("A", "x")
    sampler = StateSampler({one.pair: one}, found.append)
    sampler.start()
    eventually(lambda: len(found) > 3, "samples")
    sampler.stop()
    count = len(found)
    eventually(lambda: not sampler.thread.is_alive(), "the end of the thread")
    assert len(found) == count
