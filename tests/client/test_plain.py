"""Text for pipes and logs: each message stands for itself."""

from __future__ import annotations

from decimal import Decimal

import pytest

from client.market_data.books import from_message as book_from
from client.market_data.summaries import from_message as summary_from
from client.market_data.trades import from_message as trade_from
from client.market_data.trades import gap_from_message
from client.market_data.venue_status import from_message as status_from
from client.numbers import Scales
from client.output import TextOutput
from client.plain import to_text
from client.text import clock
from onebook.v1 import types_pb2 as pb
from tests.client.fake_server import make_book

SCALES: Scales[Decimal] = Scales("decimal")


def test_a_book_shows_all_its_levels() -> None:
    message = make_book(levels=20)
    lines = [line.plain.rstrip() for line in to_text(book_from(message, SCALES), 80)]
    prices = [line.split()[0] for line in lines if line.startswith(" 61,837.")]
    assert prices == [f"61,837.{85 - i}" for i in range(20)] + [f"61,837.{63 - i}" for i in range(20)]
    assert "BTC/USDT" in lines[0]
    assert "2 of 2 venues live" in lines[0]
    assert lines[-1] == ""


def test_a_summary_and_a_trade_are_one_line() -> None:
    summary = pb.Summary(market="A/B", price_exponent=-2, spread=1)
    summary.best_bid.price = 100
    summary.venues.add(venue="x")
    (line,) = to_text(summary_from(summary, SCALES), 80)
    assert "A/B  bid 1.00 (x)  ask none  spread 0.01  mid none  vwap none" in line.plain
    trade = pb.Trade(market="A/B", venue="x", trade_id="9", price=5, size=7, side=pb.AGGRESSOR_SIDE_SELL, dropped=3)
    (line,) = to_text(trade_from(trade, SCALES), 80)
    assert line.plain.split()[2:] == ["A/B", "sell", "5", "7", "x", "9", "(3", "dropped", "before", "this", "one)"]
    gap = pb.TradeGap(market="A/B", venue="x", after_trade_id="9", missing=12, dropped=3)
    (line,) = to_text(gap_from_message(gap), 80)
    assert line.plain == "unknown time  A/B on x: 12 trades are missing after 9  (3 dropped before this one)"


def test_a_status_lists_its_venues() -> None:
    status = pb.VenueStatus(market="A/B")
    status.venues.add(venue="x", state=pb.VENUE_STATE_DOWN, detail="refused")
    lines = [line.plain for line in to_text(status_from(status, SCALES), 80, ascii_only=True)]
    assert "x      ! down     never        0  refused" in lines[2]


def test_a_pipe_has_no_width(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    reason = "a long story " * 30
    book = make_book()
    book.venues.add(venue="poor", state=pb.VENUE_STATE_DOWN, detail=reason.strip())
    for message in (book_from(book, SCALES), status_from(pb.VenueStatus(venues=book.venues), SCALES)):
        TextOutput(no_color=True).show(message)
        lines = capsys.readouterr().out.splitlines()
        (line,) = [line for line in lines if "poor" in line]
        assert line.endswith(reason.strip())
        assert all(len(line) < 200 for line in lines if "poor" not in line), "bars have an end"


@pytest.mark.parametrize(
    ("nanos", "text"), [(0, "unknown time"), (1_500_000_000_999_999_999, "2017-07-14 02:40:00.999")]
)
def test_clock(nanos: int, text: str) -> None:
    assert clock(nanos) == text
