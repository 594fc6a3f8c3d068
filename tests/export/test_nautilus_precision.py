"""PrecisionSink: the decimals that the numbers of a market need, and no more."""

from __future__ import annotations

from decimal import Decimal

import pytest

from orderbook_ext import BookUpdate, UpdateKind
from server.export.export_market import ExportMarket
from server.export.level_book import LevelBook
from server.export.nautilus_precision import Precision, PrecisionSink, decimals_of
from server.model import Pair, Side, Trade

MARKET = ExportMarket("a", Pair("BTC", "USDT"), "BTCUSDT", Decimal("0.10"), Decimal("1E+1"))


@pytest.mark.parametrize(("mantissa", "decimals", "needed"), [(1200, 3, 1), (1234, 3, 3), (0, 8, 0), (5, 0, 0)])
def test_decimals(mantissa: int, decimals: int, needed: int) -> None:
    assert decimals_of(mantissa, decimals) == needed


def test_the_most_of_all_numbers_counts() -> None:
    sink, book = PrecisionSink(), LevelBook()
    sink.book(MARKET, book, BookUpdate(UpdateKind.SHOWN, 1, 1, 1, 3, 4, ((1000, 12300),), ((2000, 10000),)), 1)
    assert sink.found == {("a", "BTCUSDT"): Precision(1, 2)}
    sink.trade(MARKET, Trade("BTCUSDT", "1", Decimal("1.2500"), Decimal("0.125"), Side.BUY, 1), 1)
    assert sink.found == {("a", "BTCUSDT"): Precision(2, 3)}
    assert book.bids.best() == [(1000, 12300)]
    sink.finish()
    sink.discard()
    assert sink.files == 0
