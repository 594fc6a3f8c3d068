"""The panes beside the book: what their keys do, what they ask for, and how they look at 80 by 24 and elsewhere."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

import pytest

from client import Candle, Reconnecting, UnavailableError, UnimplementedError
from client.analytics.averages import from_message as averages_from
from client.analytics.candles import from_message as candle_from
from client.analytics.quotes import from_message as quote_from
from client.analytics.vwap import from_message as vwap_from
from client.market_data.books import from_message as book_from
from client.numbers import Scales
from client.tui.candles import candle_lines
from client.tui.feeds import Feed
from client.tui.frame import PANE_KEYS, VENUE_KEYS, CandlePane, Frame, Panes, PricePane, SweepPane
from client.tui.model import Model
from client.tui.panes import INTERVALS, first_size, step
from onebook.v1 import analytics_pb2 as api
from tests.client.analytics_data import make_averages, make_candle, make_quote, make_vwap
from tests.client.fake_server import make_book
from tests.client.test_render import SIZES, draw, frame, many_venues

SCALES: Scales[Decimal] = Scales("decimal")


def candle(number: int, **changes: Any) -> Candle:
    return candle_from(make_candle(number, **changes), SCALES)


def full() -> Panes:
    shown = tuple(candle(number) for number in range(60))
    sell = quote_from(make_quote("sell"), SCALES)
    return Panes(
        CandlePane("1m", "", shown),
        PricePane(averages_from(make_averages(), SCALES), "", vwap_from(make_vwap(), SCALES), ""),
        SweepPane(Decimal(2), quote_from(make_quote(), SCALES), "", sell, ""),
    )


def absent(problem: str = "this server has none: it is older than this client") -> Panes:
    return Panes(
        CandlePane("1m", problem=problem),
        PricePane(averages_problem=problem, vwap_problem=problem),
        SweepPane(Decimal(2), buy_problem=problem, sell_problem=problem),
    )


def make(chosen: tuple[str, ...] = ()) -> Model:
    model = Model("h:1", "", venues=chosen)
    model.take(Feed.BOOK, ("", 0, chosen), book_from(make_book(levels=10), SCALES), 0)
    model.frame()
    return model


def press(model: Model, keys: str) -> None:
    for key in keys:
        model.press(key)


# What the keys do


def test_no_key_has_two_meanings() -> None:
    assert not set(PANE_KEYS) & set(VENUE_KEYS)
    assert not set("qhv +-=_?<>\x1b\t") & set(PANE_KEYS + VENUE_KEYS)
    assert len(set(VENUE_KEYS)) == len(VENUE_KEYS)


def test_a_pane_is_asked_for_while_it_is_open() -> None:
    model = make()
    assert set(model.wanted()) == {Feed.BOOK, Feed.MARKETS}
    model.press("c")
    assert model.wanted()[Feed.CANDLES] == ("", "1m", "")
    model.press("w")
    assert (model.wanted()[Feed.AVERAGES], model.wanted()[Feed.VWAP]) == (("", ()), ("", ""))
    model.press("s")
    assert model.wanted()[Feed.BUY] == model.wanted()[Feed.SELL] == ("", Decimal(2), ())
    press(model, "cws")
    assert set(model.wanted()) == {Feed.BOOK, Feed.MARKETS}
    assert model.frame().panes == Panes()


def test_the_venues_chosen_are_those_of_the_panes() -> None:
    model = make()
    press(model, "cwsv")
    wanted = model.wanted()
    assert (wanted[Feed.CANDLES], wanted[Feed.VWAP]) == (("", "1m", "binance"), ("", "binance"))
    assert (wanted[Feed.AVERAGES], wanted[Feed.BUY]) == (("", ("binance",)), ("", Decimal(2), ("binance",)))
    some = make(chosen=("binance", "bitstamp", "other"))
    press(some, "cw")
    assert some.wanted()[Feed.CANDLES] == ("", "1m", ""), "there are no candles of some venues: it is those of all"


def test_intervals_and_sizes() -> None:
    model = make()
    press(model, "i][")
    press(model, "cs")
    seen = []
    for _ in range(len(INTERVALS)):
        model.press("i")
        seen.append(model.wanted()[Feed.CANDLES][1])  # type: ignore[index]
    assert seen == [*INTERVALS[1:], INTERVALS[0]]
    press(model, "]]")
    assert model.wanted()[Feed.BUY] == ("", Decimal(10), ())
    press(model, "[" * 100)
    assert model.wanted()[Feed.BUY] == ("", Decimal("1e-8"), ())
    press(model, "]" * 100)
    assert model.wanted()[Feed.BUY] == ("", Decimal("1e12"), ())


@pytest.mark.parametrize(
    ("size", "up", "down"),
    [
        ("1", "2", "0.5"),
        ("2", "5", "1"),
        ("5", "10", "2"),
        ("0.01", "0.02", "0.005"),
        ("7", "10", "2"),
        ("300", "500", "100"),
    ],
)
def test_steps(size: str, up: str, down: str) -> None:
    assert step(Decimal(size), up=True) == Decimal(up)
    assert step(Decimal(size), up=False) == Decimal(down)


def test_the_first_size_reaches_through_the_book() -> None:
    assert first_size(None) == 1
    assert first_size(book_from(make_book(levels=0), SCALES)) == 1
    assert first_size(book_from(make_book(levels=3), SCALES)) == Decimal("0.5"), "bids are 0.74, asks 1.6"


# What arrives


def shown_candles(model: Model) -> list[int]:
    pane = model.frame().panes.candles
    assert pane is not None
    return [each.revision for each in pane.candles]


def test_candles_are_kept_in_order_and_corrected() -> None:
    model = make()
    model.press("c")
    asked = model.wanted()[Feed.CANDLES]
    for number, revision in ((0, 0), (2, 2), (1, 1), (0, 5), (2, 7)):
        model.take(Feed.CANDLES, asked, candle(number, revision=revision), 0)
    assert shown_candles(model) == [5, 1, 7]


def test_what_another_choice_asked_for_is_not_shown() -> None:
    model = make()
    model.press("c")
    old = model.wanted()[Feed.CANDLES]
    model.press("i")
    model.take(Feed.CANDLES, old, candle(0), 0)
    model.fail(Feed.CANDLES, old, UnavailableError("late"))
    pane = model.frame().panes.candles
    assert pane == CandlePane("5m")


def test_a_pane_that_fails_says_so_and_the_book_goes_on() -> None:
    model = make()
    press(model, "cs")
    model.fail(Feed.CANDLES, model.wanted()[Feed.CANDLES], UnimplementedError("no"))
    model.fail(Feed.BUY, model.wanted()[Feed.BUY], UnavailableError("full"))
    panes = model.frame().panes
    assert panes.candles is not None
    assert panes.sweep is not None
    assert panes.candles.problem == "this server has none: it is older than this client"
    assert (panes.sweep.buy_problem, panes.sweep.sell_problem) == ("full", "")
    assert model.error is None
    press(model, "cc")
    again = model.frame().panes.candles
    assert again is not None
    assert again.problem == "", "opened again, it is tried again"


def test_a_pane_that_waits_for_its_server_says_so_and_not_the_book() -> None:
    model = make()
    model.press("w")
    model.event(Feed.VWAP, Reconnecting("trade VWAP", "connection refused", 1, 2.5, UnavailableError("x")))
    shown = model.frame()
    assert shown.retry is None
    assert shown.panes.prices is not None
    assert shown.panes.prices.vwap_problem == "reconnecting: connection refused"
    model.take(Feed.VWAP, model.wanted()[Feed.VWAP], vwap_from(make_vwap(), SCALES), 0)
    later = model.frame().panes.prices
    assert later is not None
    assert later.vwap_problem == ""


def test_pause_holds_the_panes() -> None:
    model = make()
    press(model, "ws")
    asked = model.wanted()
    model.take(Feed.VWAP, asked[Feed.VWAP], vwap_from(make_vwap(1), SCALES), 0)
    model.press(" ")
    model.take(Feed.VWAP, asked[Feed.VWAP], vwap_from(make_vwap(2), SCALES), 0)
    model.take(Feed.BUY, asked[Feed.BUY], quote_from(make_quote(), SCALES), 0)
    held = model.frame().panes
    assert held.prices is not None
    assert held.prices.vwap is not None
    assert held.prices.vwap.header.sequence == 1
    assert held.sweep is not None
    assert held.sweep.buy is not None, "what was empty is filled"
    model.press(" ")
    free = model.frame().panes.prices
    assert free is not None
    assert free.vwap is not None
    assert free.vwap.header.sequence == 2


# How it looks


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("panes", [full(), absent(), Panes(candles=full().candles), Panes(CandlePane("1m"))])
@pytest.mark.parametrize("shown", [frame(), frame(book=None), frame(help=True), many_venues()])
def test_the_screen_is_filled_and_never_overflows(shown: Frame, panes: Panes, width: int, height: int) -> None:
    lines = draw(dataclasses.replace(shown, panes=panes), width, height)
    assert len(lines) == height
    assert max(map(len, lines)) <= width


def test_everything_at_once_at_80_by_24() -> None:
    lines = draw(frame(panes=full()))
    assert lines[2] == " price 61,837.645   30s 61,836.123   1m 61,835.123 (97% covered)"
    assert lines[3] == " trade VWAP 61,837.123   200 trades, 12.345 in 40.0 s on all venues"
    assert lines[4].endswith("│ 1m i 61,837.60 complete all venues")
    assert any("spread 0.03 ─ mid 61,837.645" in line for line in lines)
    sweep = next(place for place, line in enumerate(lines) if line.startswith(" sweep 2 BTC"))
    assert lines[sweep + 1].split() == ["buy", "61,901.960", "61,840.120", "0.40", "bp", "61,841.000", *TOOK]
    assert lines[sweep + 2].split() == ["sell", "61,778.280", "61,840.120", "0.40", "bp", "61,830.500", *TOOK]
    levels = [line for line in lines if line.startswith(" 61,837.")]
    assert len(levels) == 10
    assert all("│" in line for line in levels)
    assert any(" 2 bitstamp  ● live" in line for line in lines)


TOOK = ["binance", "75%", "+1"]


def test_absence_is_said_in_its_place() -> None:
    lines = draw(frame(panes=absent("not here")))
    assert lines[2:4] == [" price not here", " trade VWAP not here"]
    assert lines[5].endswith("│ not here")
    assert sum(line.split() == [side, "not", "here"] for line in lines for side in ("buy", "sell")) == 2
    assert any("spread 0.03" in line for line in lines)
    waiting = draw(frame(panes=Panes(CandlePane("1m"), PricePane(), SweepPane(Decimal(1)))))
    assert sum("waiting" in line for line in waiting) == 5


def test_a_known_price_gives_way_to_its_problem() -> None:
    prices = full().prices
    assert prices is not None
    lost = dataclasses.replace(prices, vwap_problem="reconnecting: connection refused")
    assert draw(frame(panes=Panes(prices=lost)))[3] == " trade VWAP 61,837.123   reconnecting: connection refused"


def test_the_reason_of_a_quote_that_is_not_filled() -> None:
    short = quote_from(make_quote(filled=False, reason="only 2 of 5"), SCALES)
    nothing = quote_from(api.Quote(reason="no venue is live"), SCALES)
    lines = draw(frame(panes=Panes(sweep=SweepPane(Decimal(5), short, "", nothing, ""))))
    assert any(line.startswith(" buy ") and line.endswith("only 2 of 5") and "61,901.960" in line for line in lines)
    assert any(line.split() == ["sell", "no", "venue", "is", "live"] for line in lines)


def test_ascii_terminals_get_ascii() -> None:
    assert "\n".join(draw(frame(ascii=True, panes=full()))).isascii()


def test_a_chart_is_true_to_its_prices() -> None:
    """Two candles in three rows of two halves: from 10 to 12 with a wick to 15, and a full fall from 15 to 10."""
    rise = candle(0, price_exponent=0, open=10, close=12, low=10, high=15, volume="1")
    fall = candle(1, price_exponent=0, open=15, close=10, low=10, high=15, volume="8")
    drawn = [line.plain for line in candle_lines(CandlePane("1m", "", (rise, fall)), 30, 6)]
    assert [line[1:3] for line in drawn[1:4]] == ["│┃", "╽┃", "┃┃"]
    assert (drawn[1].split()[-1], drawn[3].split()[-1]) == ("15", "10")
    assert drawn[4] == " ▁█ 8"


def test_candles_without_trades_and_without_range() -> None:
    empty = candle_from(api.Candle(open_time_nanos=1, volume="0"), SCALES)
    flat = candle(0, open=5, close=5, low=5, high=5)
    assert "no trades" in candle_lines(CandlePane("1m", "", (empty,)), 30, 8)[1].plain
    assert any("╻" in line.plain or "╹" in line.plain for line in candle_lines(CandlePane("1m", "", (flat,)), 30, 8))
    both = candle_lines(CandlePane("1m", "", (empty, flat)), 30, 8)
    assert all(line.plain[1:2] in (" ", "", "0") for line in both[1:-1])


def test_partial_candles_are_faint() -> None:
    partial = candle(0, state=api.CANDLE_STATE_PARTIAL_GAP)
    lines = draw(frame(panes=Panes(CandlePane("1m", "", (partial,)))), colour=True)
    assert any("partial gap" in line for line in lines)
    assert any("\x1b[2;32m" in line for line in lines)


def test_a_sweep_without_fees_does_not_call_itself_with_fees() -> None:
    quote = quote_from(make_quote(fees="0"), SCALES)
    lines = draw(frame(panes=Panes(sweep=SweepPane(Decimal(2), quote, "", None, ""))))
    head = next(line for line in lines if line.startswith(" sweep 2 BTC"))
    assert "NO FEES SET" in head
    assert "WITH FEES" not in head
