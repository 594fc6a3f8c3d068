"""What keys, books and events do to the view."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from client import Connected, Reconnecting, UnavailableError
from client.market_data.books import from_message as book_from
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
    return model.wanted()[Feed.BOOK][1:]  # type: ignore[index]


def take(model: Model, message: pb.Book, missed: int = 0) -> None:
    """A book arrives."""
    model.take(Feed.BOOK, model.wanted()[Feed.BOOK], book_from(message, SCALES), missed)


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
    model.take(Feed.BOOK, old, book_from(make_book(9), SCALES), 0)
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


def test_a_silent_server_ages_what_is_on_the_screen() -> None:
    model, clock = make()
    assert model.frame().silence == 0
    clock.now += 7.5
    assert model.frame().silence == 7.5
    take(model, make_book(2, heartbeat=True))
    frame = model.frame()
    assert (frame.silence, frame.received, frame.rate) == (0, 1, 0), "a heartbeat is news of the ages, and no change"


def test_a_held_book_ages_too() -> None:
    model, clock = make()
    model.frame()
    model.press(" ")
    clock.now += 3
    take(model, make_book(2))
    assert model.frame().silence == 3


def test_how_long_the_server_is_gone_counts_from_its_last_message() -> None:
    model, clock = make()
    clock.now += 4
    model.event(Feed.BOOK, Reconnecting("book", "connection refused", 1, 2.5, UnavailableError("x")))
    clock.now += 8
    retry = model.frame().retry
    assert retry is not None
    assert retry.gone == 12
    never = Model("h:1", "", clock=clock)
    never.event(Feed.BOOK, Reconnecting("book", "connection refused", 1, 2.5, UnavailableError("x")))
    clock.now += 2
    retry = never.frame().retry
    assert retry is not None
    assert retry.gone == 2


def test_as_many_levels_are_asked_for_as_fit() -> None:
    model, _ = make()
    assert asked(model)[0] == 0, "before the size of the screen is known: the server's own number"
    for most, levels in ((7, 10), (10, 10), (11, 20), (22, 30)):
        model.fit(most - 2, most)
        assert asked(model)[0] == levels
    model.press("-")
    assert asked(model)[0] == 8, "the book has 10 levels: the next smaller number"
    model.press("=")
    assert asked(model)[0] == 30


def test_fewer_levels_than_the_screen_shows() -> None:
    model, _ = make()
    model.fit(7, 9)
    take(model, make_book(levels=10))
    model.press("-")
    assert asked(model)[0] == 5, "of 10 levels 7 are shown"


MARKETS = ("BTC/USDT", "ETH/USDT", "SHIB/USDT")


def with_markets(*names: str) -> Model:
    model, _ = make()
    model.take(Feed.MARKETS, model.wanted()[Feed.MARKETS], names, 0)
    return model


@pytest.mark.parametrize(
    ("keys", "market"),
    [(">", "ETH/USDT"), (">>", "SHIB/USDT"), (">>>", "BTC/USDT"), ("<", "SHIB/USDT"), ("<>", "BTC/USDT"), ("", "")],
)
def test_a_key_switches_markets(keys: str, market: str) -> None:
    model = with_markets(*MARKETS)
    for key in keys:
        model.press(key)
    wanted: Any = model.wanted()[Feed.BOOK]
    assert wanted[0] == market, "the first one was asked for without its name"


def test_nothing_of_the_market_before_stays() -> None:
    model = with_markets(*MARKETS)
    for key in "v" + "cs":
        model.press(key)
    model.press(">")
    wanted: Any = model.wanted()
    assert wanted[Feed.BOOK] == ("ETH/USDT", 0, ())
    assert wanted[Feed.CANDLES] == ("ETH/USDT", "1m", "")
    assert Feed.BUY not in wanted, "a size in bitcoins is none in another coin: it waits for the book"
    frame = model.frame()
    assert (frame.book, frame.market, frame.known) == (None, "ETH/USDT", ())
    model.take(Feed.BOOK, ("", 0, ()), book_from(make_book(), SCALES), 0)
    assert model.frame().book is None, "a book that was under way"
    message = make_book(levels=10)
    message.market = "ETH/USDT"
    take(model, message)
    assert model.frame().book is not None
    wanted = model.wanted()
    assert wanted[Feed.BUY][:1] == ("ETH/USDT",)


def test_a_key_before_the_markets_are_known_counts_when_they_are() -> None:
    model, _ = make()
    before = model.wanted()[Feed.MARKETS]
    model.press(">")
    assert model.wanted()[Feed.MARKETS] != before, "asked for again, as the first answer may have failed"
    model.take(Feed.MARKETS, model.wanted()[Feed.MARKETS], MARKETS, 0)
    wanted: Any = model.wanted()[Feed.BOOK]
    assert wanted[0] == "ETH/USDT"


def test_a_server_with_one_market_stays_on_it() -> None:
    model = with_markets("BTC/USDT")
    model.press(">")
    assert model.frame().book is not None


def test_the_list_of_markets_may_fail() -> None:
    model, _ = make()
    model.fail(Feed.MARKETS, (0,), UnavailableError("x"))
    model.press(">")
    assert model.error is None
    assert model.frame().book is not None


def test_escape_closes_the_help_and_nothing_else() -> None:
    model, _ = make()
    model.press("\x1b")
    assert not model.frame().help
    model.press("?")
    assert model.frame().help
    model.press("\x1b")
    assert not model.frame().help
    assert not model.quitting
