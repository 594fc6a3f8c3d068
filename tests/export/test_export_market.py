"""ExportMarket: symbols in names of files, and steps in base units."""

from __future__ import annotations

from decimal import Decimal

import pytest

from server.export.export_market import ExportMarket
from server.model import Instrument, Pair

PAIR = Pair("BTC", "USD")


def test_an_instrument_that_the_recording_does_not_name() -> None:
    assert ExportMarket.of("a", PAIR, None) == ExportMarket("a", PAIR, "BTC/USD", Decimal(0), Decimal(0))


def test_lots_are_base_units() -> None:
    contracts = Instrument(PAIR, "BTC-PERP", Decimal("0.5"), Decimal(2), "TRADING", True, contract=Decimal("0.01"))
    found = ExportMarket.of("a", PAIR, contracts)
    assert (found.symbol, found.tick, found.lot) == ("BTC-PERP", Decimal("0.5"), Decimal("0.02"))


@pytest.mark.parametrize(("symbol", "name"), [("BTC/USD", "BTC-USD"), ("tBTC:USD", "tBTC-USD"), ("a_b.c-d", "a_b.c-d")])
def test_symbols_as_parts_of_names(symbol: str, name: str) -> None:
    assert ExportMarket("a", PAIR, symbol, Decimal(0), Decimal(0)).file_symbol == name
