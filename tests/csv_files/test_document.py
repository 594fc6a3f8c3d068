"""docs/csv.md shows the columns that files have, and rows that they may have."""

from __future__ import annotations

import csv
import re

from server.csv_files import candle_table, trade_line
from tests.captures import ROOT

TEXT = (ROOT / "docs" / "csv.md").read_text()
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
TRADES, CANDLES = (block for language, block in BLOCKS if not language)


def test_the_columns_of_trades() -> None:
    header, row = csv.reader(TRADES.splitlines())
    assert tuple(header) == trade_line.COLUMNS
    assert len(row) == len(header)
    described = re.findall(r"^\| (`.*`) \| [a-z]", TEXT.partition("## Candles")[0], re.MULTILINE)
    assert re.findall(r"`([A-Za-z_]+)`", " ".join(described)) == list(trade_line.COLUMNS)


def test_the_columns_of_candles() -> None:
    header, row = csv.reader(CANDLES.splitlines())
    assert tuple(header) == candle_table.COLUMNS
    assert len(row) == len(header)
