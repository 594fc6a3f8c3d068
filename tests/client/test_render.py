"""The screen, rendered to text at several sizes: everything that must be there, nothing beyond the edges."""

from __future__ import annotations

import dataclasses
import io
from decimal import Decimal

import pytest
from rich.console import Console

from client import Book
from client.market_data.books import from_message as book_from
from client.numbers import Scales
from client.tui.frame import Frame, Retry
from client.tui.render import levels_that_fit, render
from onebook.v1 import types_pb2 as pb
from tests.client.fake_server import make_book

SIZES = [(80, 24), (100, 40), (60, 20), (60, 15), (30, 10), (200, 50), (200, 60)]


def book(message: pb.Book | None = None) -> Book:
    scales: Scales[Decimal] = Scales("decimal")
    return book_from(message or make_book(levels=30), scales)


def frame(**changes: object) -> Frame:
    known = ("binance", "bitstamp")
    usual = Frame("127.0.0.1:50052", "BTC/USDT", book(), rate=42.04, missed=1234, latency=0.0012, known=known)
    return dataclasses.replace(usual, **changes)  # type: ignore[arg-type]


def draw(shown: Frame, width: int = 80, height: int = 24, colour: bool = False) -> list[str]:
    out = io.StringIO()
    console = Console(
        file=out, width=width, height=height, force_terminal=colour, color_system="truecolor" if colour else None
    )
    console.print(render(shown, width, height))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def withdrawn() -> Book:
    message = make_book(levels=30)
    message.venues[1].state = pb.VENUE_STATE_CHECKSUM_FAILED
    message.venues[1].detail = "checksum 123 expected"
    message.venues[1].resyncs = 4
    return book(message)


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize(
    "shown",
    [
        frame(),
        frame(book=None),
        frame(help=True),
        frame(ascii=True),
        frame(paused=True),
        frame(book=withdrawn()),
        frame(retry=Retry(12.3, 2.1, "connection refused", 3)),
        frame(book=book(pb.Book(market="BTC/USDT"))),
    ],
)
def test_the_screen_is_filled_and_never_overflows(shown: Frame, width: int, height: int) -> None:
    lines = draw(shown, width, height)
    assert len(lines) == height
    assert max(map(len, lines)) <= width


@pytest.mark.parametrize(("width", "height", "levels"), [(80, 24, 7), (100, 40, 15), (60, 20, 5)])
def test_levels_surround_the_spread(width: int, height: int, levels: int) -> None:
    lines = draw(frame(), width, height)
    middle = next(number for number, line in enumerate(lines) if "spread" in line)
    assert "spread 0.03" in lines[middle]
    assert "mid 61,837.645" in lines[middle]
    asks, bids = lines[middle - levels : middle], lines[middle + 1 : middle + 1 + levels]
    assert [line.split()[0] for line in reversed(asks)] == [f"61,837.{66 + i}" for i in range(levels)]
    assert [line.split()[0] for line in bids] == [f"61,837.{63 - i}" for i in range(levels)]
    assert "PRICE" in lines[middle - levels - 1]
    assert all("binance" in line or "bitstamp" in line for line in asks + bids)


def test_the_numbers_of_the_stream_are_shown() -> None:
    text = "\n".join(draw(frame()))
    for part in ("onebook  BTC/USDT", "42.0 msg/s", "missed 1,234", "latency 1.2 ms", "2 of 2 venues live"):
        assert part in text
    for part in ("q quit", "? help", "space pause", "venues all"):
        assert part in text


def test_bars_are_proportional() -> None:
    bars = [line.count("█") for line in draw(frame(), 100, 40) if line.startswith(" 61,837.")]
    sizes = [float(line.split()[1]) for line in draw(frame(), 100, 40) if line.startswith(" 61,837.")]
    largest = sizes.index(max(sizes))
    assert bars[largest] == max(bars) > 20
    for size, bar in zip(sizes, bars, strict=True):
        assert abs(bar - size / max(sizes) * max(bars)) <= 1


def test_venue_rows_tell_state_age_resyncs_and_reason() -> None:
    lines = draw(frame(book=withdrawn()))
    live = next(line for line in lines if line.startswith(" 1 binance"))
    gone = next(line for line in lines if line.startswith(" 2 bitstamp"))
    assert live.split() == ["1", "binance", "●", "live", "120", "ms", "0", "1,000", "+", "998"]
    assert "○ checksum failed" in gone
    assert "4  checksum 123 expected" in gone
    assert "1 of 2 venues live" in "\n".join(lines)


def test_the_server_is_away() -> None:
    lines = draw(frame(retry=Retry(12.3, 2.1, "connection refused", 3)))
    assert lines[1] == " no server for 12 s, trying again in 2.1 s: connection refused"
    assert any("LAST KNOWN" in line for line in lines)
    assert draw(frame(book=None, retry=Retry(0.4, 0.0, "connection refused", 1)))[1].startswith(
        " no server for 0 s, trying again now"
    )


def test_no_book_yet_and_empty_sides_say_why() -> None:
    assert "waiting for the first book from 127.0.0.1:50052" in "\n".join(draw(frame(book=None)))
    message = make_book(levels=0)
    message.ClearField("spread")
    assert "no bids and no asks" in "\n".join(draw(frame(book=book(message))))
    for venue in message.venues:
        venue.state = pb.VENUE_STATE_DOWN
    assert "no venue is live: no prices" in "\n".join(draw(frame(book=book(message))))


def test_a_crossed_book_is_said_to_be() -> None:
    message = make_book()
    message.spread = -4
    assert "spread -0.04  -0.0065 bp  CROSSED" in "\n".join(draw(frame(book=book(message))))


def test_venues_that_were_not_asked_for() -> None:
    message = make_book()
    del message.venues[1]
    del message.asks[:]
    del message.bids[1:]
    lines = draw(frame(book=book(message), chosen=("binance",)))
    assert any("bitstamp    not asked for" in line for line in lines)
    assert "venues binance" in lines[-1]


def test_asks_are_red_and_bids_green() -> None:
    lines = draw(frame(), colour=True)
    assert any("\x1b[1;31m 61,837.66" in line for line in lines)
    assert any("\x1b[1;32m 61,837.63" in line for line in lines)


def test_ascii_terminals_get_ascii() -> None:
    assert "\n".join(draw(frame(ascii=True, book=withdrawn()))).isascii()


def test_help_lists_every_key() -> None:
    text = "\n".join(draw(frame(help=True)))
    for key in ("tab < >", "+ - =", "v", "1 2 ...", "c i", "w", "s [ ]", "space", "esc ?", "q"):
        assert f"   {key} " in text


def many_venues() -> Frame:
    message = make_book(levels=30)
    names = [quality.venue for quality in message.venues]
    for number in range(9):
        quality = message.venues.add()
        quality.CopyFrom(message.venues[0])
        quality.venue = f"exchange_{number}"
        names.append(quality.venue)
    for place in (2, 5, 7):
        message.venues[place].state = pb.VENUE_STATE_GAP
        message.venues[place].detail = f"ids {place} to 9 are missing"
    return frame(book=book(message), known=(*names, "elsewhere"))


def test_many_venues_share_lines_and_leave_room_for_the_book() -> None:
    lines = draw(many_venues())
    text = "\n".join(lines)
    assert sum("binance" in line or "bitstamp" in line for line in lines[:-8]) >= 10
    for key, name in zip("1234567890ab", many_venues().known, strict=True):
        assert f" {key} {name}" in text
    assert "exchange_0: gap, ids 2 to 9 are missing" in text
    assert "and 1 more" in text
    assert "elsewhere" in text
    assert "not asked" in text
    tall = draw(many_venues(), 80, 60)
    assert any("STATE" in line for line in tall)
    assert any("exchange_5" in line and "ids 7 to 9" in line for line in tall)


def test_a_book_whose_checksum_fails_says_so() -> None:
    message = make_book()
    message.venues[1].unverified = True
    assert any("bitstamp" in line and "checksum fails" in line for line in draw(frame(book=book(message))))


def test_trades_and_clocks_that_are_odd_are_said() -> None:
    message = make_book()
    quality = message.venues[1]
    quality.trades_state = pb.TRADES_STATE_MUTE
    quality.clock_offset_nanos, quality.clock_uncertainty_nanos = 30_000_000_000, 100_000_000
    lines = [line for line in draw(frame(book=book(message)), 120, 40) if "bitstamp" in line]
    assert any("trades mute" in line and "our clock is 30.0 s ahead" in line for line in lines)
    assert not any("trades" in line for line in draw(frame()) if "binance" in line)


def test_help_says_how_it_is_closed() -> None:
    lines = draw(frame(help=True))
    assert any("esc ?" in line and "close this help" in line for line in lines)
    assert "esc close help" in lines[-1]
    assert "? help" in draw(frame())[-1]


def test_nothing_is_live_after_the_server_is_gone() -> None:
    for size in SIZES:
        for shown in (frame(), many_venues()):
            gone = dataclasses.replace(shown, retry=Retry(12.3, 2.1, "connection refused", 3), silence=12.3)
            text = "\n".join(draw(gone, *size))
            assert "● live" not in text
            assert "120 ms" not in text
            assert "no server for 12 s" in text
    table = draw(frame(retry=Retry(12.3, 2.1, "connection refused", 3), silence=12.3))
    assert "? was live   12.4 s" in "\n".join(table)


def test_ages_go_on_while_the_server_says_nothing() -> None:
    assert "● live     5.1 s" in "\n".join(draw(frame(silence=5.0)))
    silent = draw(frame(silence=9.0))
    assert silent[1] == " no message from the server for 9 s"
    assert "● live     9.1 s" in "\n".join(silent)
    assert "no message" not in draw(frame(silence=9.0, paused=True))[1], "it is held because the user wants that"


def test_without_any_book_the_screen_says_what_to_type() -> None:
    reason = "connection refused; start one: onebook serve --pair BTC/USDT"
    for size in SIZES[:-3]:
        lines = [line.strip() for line in draw(frame(book=None, retry=Retry(1.0, 2.1, reason, 1)), *size)]
        assert "start one, in another terminal:" in lines
        assert "onebook serve --pair BTC/USDT" in lines


@pytest.mark.parametrize(("width", "height", "levels"), [(200, 50, 20), (80, 24, 7), (60, 15, 3), (40, 9, 2)])
def test_the_whole_height_has_levels(width: int, height: int, levels: int) -> None:
    lines = draw(frame(), width, height)
    middle = next(number for number, line in enumerate(lines) if "spread" in line)
    shown, most = levels_that_fit(frame(), width, height)
    assert shown >= levels
    assert most >= shown
    assert lines[middle - shown].split()[0] == f"61,837.{65 + shown}"
    assert lines[middle + shown].split()[0] == f"61,837.{64 - shown}"


@pytest.mark.parametrize("height", range(6, 16))
@pytest.mark.parametrize("width", [30, 60])
def test_small_screens_show_prices_first(width: int, height: int) -> None:
    for shown in (frame(), many_venues(), frame(help=False, ascii=True)):
        lines = draw(shown, width, height)
        middle = next(number for number, line in enumerate(lines) if "spread" in line)
        assert lines[middle - 1].split()[0] == "61,837.66", "best ask"
        assert lines[middle + 1].split()[0] == "61,837.63", "best bid"
        assert "q quit" in lines[-1]


def test_the_pair_and_its_place_are_named_where_there_are_more() -> None:
    several = frame(markets=("ETH/USDT", "BTC/USDT", "SHIB/USDT"))
    lines = draw(several)
    assert "BTC/USDT 2 of 3" in lines[0]
    assert "tab pair" in lines[-1]
    assert "tab" not in draw(frame(markets=("BTC/USDT",)))[-1]
