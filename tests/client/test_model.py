"""What keys, books and events do to the view."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from client import Connected, Reconnecting, UnavailableError, convert
from client.numbers import Scales
from client.tui.feeds import Feed
from client.tui.model import Model
from onebook.v1 import types_pb2 as pb
from tests.client.fake_server import make_book

SCALES: Scales[Decimal] = Scales("decimal")


class Clock:
    now = 50.0

    def __call__(self) -> float:
        return self.now


def asked(model: Model) -> Any:
    """Levels and venues of the book."""
    return model.wanted()[Feed.BOOK]


def take(model: Model, message: pb.Book, missed: int = 0) -> None:
    """A book arrives."""
    model.take(Feed.BOOK, model.wanted()[Feed.BOOK], convert.book(message, SCALES), missed)


def make(levels: int = 0) -> tuple[Model, Clock]:
    clock = Clock()
    model = Model("h:1", "", levels, same_host=True, clock=clock, wall_nanos=lambda: 2_000_000_000)
    message = make_book(levels=10)
    message.header.publish_time_nanos = 1_995_000_000
    take(model, message)
    return model, clock


@pytest.mark.parametrize(
    ("levels", "keys", "depth"),
    [(0, "+", 15), (0, "-", 8), (10, "++", 20), (10, "--", 5), (1, "-", 1), (100, "+", 100), (10, "+-", 10)],
)
def test_depth(levels: int, keys: str, depth: int) -> None:
    model, _ = make(levels)
    for key in keys:
        model.press(key)
    assert asked(model)[0] == depth


@pytest.mark.parametrize(
    ("keys", "venues"),
    [
        ("v", ("binance",)),
        ("vv", ("bitstamp",)),
        ("vvv", ()),
        ("1", ("bitstamp",)),
        ("12", ()),
        ("11", ()),
        ("v2", ()),
        ("9", ()),
        ("0", ()),
    ],
)
def test_venues(keys: str, venues: tuple[str, ...]) -> None:
    model, _ = make()
    for key in keys:
        model.press(key)
    assert asked(model)[1] == venues


def test_venues_beyond_the_ninth_have_keys_too() -> None:
    model, _ = make()
    message = make_book()
    for number in range(10):
        message.venues.add(venue=f"x{number}")
    take(model, message)
    for key, gone in (("0", "x7"), ("a", "x8"), ("b", "x9")):
        model.press(key)
        assert gone not in asked(model)[1]


def test_only_a_new_choice_asks_anew() -> None:
    model, _ = make()
    before, changes = asked(model), []
    for key in "v+ ?x9":
        model.press(key)
        changes.append(asked(model) != before)
        before = asked(model)
    assert changes == [True, True, False, False, False, False]
    assert not model.quitting
    model.press("q")
    assert model.quitting


def test_what_is_no_longer_wanted_is_not_shown() -> None:
    model, _ = make()
    old = asked(model)
    model.press("v")
    model.take(Feed.BOOK, old, convert.book(make_book(9), SCALES), 0)
    shown = model.frame().book
    assert shown is not None
    assert shown.header.sequence == 1


def test_pause_holds_the_book_but_not_the_counts() -> None:
    model, _ = make()
    model.frame()
    model.press(" ")
    take(model, make_book(9), 7)
    held = model.frame()
    assert held.book is not None
    assert (held.paused, held.book.header.sequence, held.received, held.missed) == (True, 1, 2, 7)
    model.press(" ")
    shown = model.frame().book
    assert shown is not None
    assert shown.header.sequence == 9


def test_rate_is_over_the_last_seconds() -> None:
    model, clock = make()
    for _ in range(29):
        take(model, make_book())
    assert model.frame().rate == 10
    clock.now += 3.1
    assert model.frame().rate == 0


def test_latency_is_taken_when_the_book_is_drawn() -> None:
    model, _ = make()
    assert model.frame().latency is None
    model.drawn()
    model.drawn()
    assert model.frame().latency == 0.005


def test_missed_states_survive_a_new_choice() -> None:
    model, _ = make()
    take(model, make_book(), 5)
    model.ended(Feed.BOOK, 5)
    take(model, make_book(), 2)
    assert model.frame().missed == 7


def test_the_countdown_runs_and_ends_with_a_connection() -> None:
    model, clock = make()
    model.event(Feed.BOOK, Reconnecting("book", "connection refused", 1, 2.5, UnavailableError("x")))
    clock.now += 1
    retry = model.frame().retry
    assert retry is not None
    assert (retry.seconds, retry.reason) == (1.5, "connection refused")
    clock.now += 5
    late = model.frame().retry
    assert late is not None
    assert late.seconds == 0
    model.event(Feed.BOOK, Connected("book", 2, True, 1))
    frame = model.frame()
    assert (frame.retry, frame.restarts) == (None, 1)


def test_the_market_is_the_servers_where_none_was_named() -> None:
    model, _ = make()
    assert model.frame().market == "BTC/USDT"
    assert Model("h:1", "").frame().market == "the server's first market"
