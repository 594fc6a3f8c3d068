"""Trades for tests of CSV files, and files read by Python's own reader."""

from __future__ import annotations

import csv
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from server.csv_files.trade_line import TradeLine, trade_line
from server.model import Pair, Side, Trade
from server.units import SECOND

BTC = Pair("BTC", "USDT")
VENUE = "alpha"
DAY = 86_400 * SECOND
MIDNIGHT = 20_000 * DAY
"""2024-10-04, 00:00 UTC."""
START = MIDNIGHT + 3600 * SECOND
TODAY, TOMORROW = "2024-10-04", "2024-10-05"


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def trade(number: int, at: int = 0) -> Trade:
    """The trade of this number, a millisecond after the one before unless `at` is given."""
    price = Decimal("60000.10") + number
    return Trade("BTCUSDT", str(number), price, Decimal("0.00100000"), Side.BUY, at or START + number * 1_000_000)


def line(number: int, at: int = 0) -> TradeLine:
    made = trade(number, at)
    return trade_line(BTC, VENUE, made, made.exchange_time + 5)


def file_of(folder: Path, day: str = TODAY) -> Path:
    return folder / "trades" / VENUE / "BTC-USDT" / f"{day}.csv"


def rows(path: Path) -> list[dict[str, str]]:
    """All rows; every line of the file is one, and the file ends with a line end."""
    text = path.read_text()
    assert text.endswith("\n")
    found = list(csv.DictReader(text.splitlines()))
    assert len(found) == text.count("\n") - 1
    assert text.count("Trade_ID") == 1
    assert all(None not in row and None not in row.values() for row in found)
    return found


def ids(path: Path) -> list[int]:
    return [int(row["Trade_ID"]) for row in rows(path)]


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[None]:
    """A file system of so many bytes; the test is skipped where the user may not mount one."""
    folder.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root mounts file systems")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
