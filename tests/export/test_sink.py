"""Sink: what a format without a place for open interest does with it."""

from __future__ import annotations

from decimal import Decimal

from server.export.export_market import ExportMarket
from server.model import Pair
from server.protocol.candle_source import OpenInterest
from tests.export.captured import Collected


def test_open_interest_is_left_out_unless_a_format_has_a_place() -> None:
    sink = Collected()
    market = ExportMarket("a", Pair("BTC", "USD"), "BTC", Decimal(0), Decimal(0))
    sink.open_interest(market, OpenInterest(Decimal(1), 1), 1)
    assert (sink.rows, sink.files) == ({}, 0)
