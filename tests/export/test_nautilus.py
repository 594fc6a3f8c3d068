"""The catalog of NautilusTrader, as NautilusTrader reads it: the books and the trades of the replay."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from server.export.export_error import ExportError
from server.export.nautilus import NautilusSink
from tests.captures import ROOT
from tests.export.captured import LONGEST, PLAYED, Collected, play, records_of
from tests.replay.recordings import write

TOOL = os.environ.get("ONEBOOK_NAUTILUS_PYTHON", "")
"""A Python with nautilus_trader and what onebook's extra `server` has."""
with_tool = pytest.mark.skipif(not TOOL, reason="ONEBOOK_NAUTILUS_PYTHON names no Python that has nautilus_trader")
pytestmark = [pytest.mark.timeout(300), pytest.mark.slow]
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "proto")))}
SIDES = {"BUYER": "BUY", "SELLER": "SELL", "NO_AGGRESSOR": "UNKNOWN"}


def run(*words: object) -> subprocess.CompletedProcess[str]:
    arguments = [TOOL, *map(str, words)]
    return subprocess.run(
        arguments, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, timeout=250, check=False
    )


def export(source: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return run("-m", "cli", "export", source, folder, "--format", "nautilus", *words)


def lines(folder: Path, kind: str) -> list[list[Any]]:
    done = run(Path(__file__).with_name("nautilus_reader.py"), folder)
    assert done.returncode == 0, done.stderr
    return [line[1:] for line in map(json.loads, done.stdout.splitlines()) if line[0] == kind]


@pytest.mark.skipif(importlib.util.find_spec("nautilus_trader") is not None, reason="nautilus_trader is installed")
def test_without_nautilus_trader_the_error_names_the_package(tmp_path: Path) -> None:
    with pytest.raises(
        ExportError, match="needs nautilus_trader, which is not installed: python -m pip install nautilus_"
    ):
        NautilusSink(tmp_path, {})
    assert list(tmp_path.iterdir()) == []


@with_tool
@pytest.mark.parametrize("capture", [LONGEST, "kraken/", "bybit/", "bitstamp/multi10_20220104", "coinbase_exchange/"])
def test_the_deltas_and_ticks_are_those_of_the_replay(capture: str, tmp_path: Path) -> None:
    capture = next(name for name in PLAYED if name.startswith(capture))
    records = records_of(capture, 400)
    expected = Collected(keeps_books=True)
    play(expected, records)
    source, folder = write(tmp_path / "rec", records), tmp_path / "catalog"
    done = export(source, folder)
    assert done.returncode == 0, done.stderr
    compared = 0
    for name, at, *sides in lines(folder, "book"):
        found = tuple({Decimal(price): Decimal(size) for price, size in side} for side in sides)
        assert found == expected.books[name][at] or name_is_repeated(expected, name, at)
        compared += 1
    assert compared > 0
    trades = [
        (name, at, Decimal(price), Decimal(size), SIDES[side], i)
        for name, at, price, size, side, i in lines(folder, "trade")
    ]
    assert sorted(trades) == sorted(
        (market.symbol, at, trade.price, trade.size, trade.side.name, trade.trade_id[-36:])
        for market, trade, at in expected.trades
    )


def name_is_repeated(expected: Collected, name: str, at: int) -> bool:
    """Whether the book changed more than once at this time, so that this was not its last state then."""
    return sum(market.symbol == name and each == at for market, _, each in expected.updates) > 1


@with_tool
def test_a_repeated_export_replaces_its_own_files_and_nothing_else(tmp_path: Path) -> None:
    records = records_of(LONGEST, 800)
    whole, folder = write(tmp_path / "whole", records), tmp_path / "catalog"
    assert export(whole, folder).returncode == 0
    first = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert len(first) == 3
    assert export(whole, folder).returncode == 0
    assert {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()} == set(first)
    part = write(tmp_path / "part", records[:600])
    done = export(part, folder)
    assert done.returncode == 2
    words = done.stderr.splitlines()[-1]
    assert "has more than this export: " in words or "with other decimals: export into another folder" in words
    assert {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()} == set(first)


@with_tool
def test_a_missing_history_of_books_is_said(tmp_path: Path) -> None:
    (tmp_path / "2026-11-29.db").write_bytes(b"")
    done = export(tmp_path, tmp_path / "catalog")
    assert done.returncode == 2
    assert "the format nautilus needs a recording" in done.stderr
