"""CSV files of a real server: every trade once over kills and restarts."""

from __future__ import annotations

import signal
import time
from decimal import Decimal
from pathlib import Path

import pytest

from tests.csv_files.samples import rows
from tests.csv_files.test_crash import ids_of_whole_rows
from tests.waiting import eventually

from .processes import Simulator, Yard

VENUE = "binance"
KILLS = 20


@pytest.fixture(scope="module")
def simulator(shared_yard: Yard) -> Simulator:
    return shared_yard.simulator("--rate", "40")


def trade_file(folder: Path, venue: str = VENUE) -> Path:
    """The newest day's file of a venue."""
    return max((folder / "trades" / venue / "BTC-USDT").glob("*.csv"), default=folder / "none")


def count(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def test_trades_in_real_time(yard: Yard, simulator: Simulator, tmp_path: Path) -> None:
    server = yard.serve(simulator, "--csv", str(tmp_path))
    for venue in ("binance", "binance_us", "bitstamp"):
        eventually(lambda venue=venue: count(trade_file(tmp_path, venue)) > 30, venue)  # type: ignore[misc]
    server.signal(signal.SIGTERM)
    assert server.wait() == 0
    for venue in ("binance", "binance_us", "bitstamp"):
        found = rows(trade_file(tmp_path, venue))
        assert len({row["Trade_ID"] for row in found}) == len(found)
        assert {(row["Venue"], row["Pair"]) for row in found} == {(venue, "BTC/USDT")}
        assert all(row["Time"].endswith("Z") and row["Time"][:10] in trade_file(tmp_path, venue).name for row in found)
        assert all(Decimal(row["Amount"]) > 0 and Decimal(row["Price"]) > 0 for row in found)


def test_the_trades_of_the_file_are_those_that_the_venue_made(yard: Yard, tmp_path: Path) -> None:
    """Consecutive ids over lost connections: no trade is missing, and none is there twice."""
    simulator = yard.simulator("--rate", "40", "--venues", VENUE)
    server = yard.serve(simulator, "--csv", str(tmp_path))
    for turn in range(1, 4):
        eventually(lambda turn=turn: count(trade_file(tmp_path)) > 100 * turn, "trades")  # type: ignore[misc]
        simulator.fault(VENUE, "disconnect")
    eventually(lambda: count(trade_file(tmp_path)) > 500, "trades")
    assert server.stop() == 0
    found = [int(row["Trade_ID"]) for row in rows(trade_file(tmp_path))]
    assert sorted(found) == list(range(min(found), max(found) + 1))


def test_kills_lose_no_line_that_was_flushed_and_double_none(yard: Yard, tmp_path: Path) -> None:
    simulator = yard.simulator("--rate", "100", "--venues", VENUE)
    flushed: list[int] = []
    for turn in range(KILLS):
        server = yard.serve(simulator, "--csv", str(tmp_path))
        before = len(flushed)
        eventually(lambda before=before: count(trade_file(tmp_path)) > before + 10, "trades")  # type: ignore[misc]
        time.sleep(turn % 5 / 100)
        kept = ids_of_whole_rows(trade_file(tmp_path))
        server.kill()
        after = ids_of_whole_rows(trade_file(tmp_path))
        assert kept[: len(flushed)] == flushed, "what was there before stays"
        assert after[: len(kept)] == kept
        flushed = after
    server = yard.serve(simulator, "--csv", str(tmp_path))
    eventually(lambda: count(trade_file(tmp_path)) > len(flushed) + 10, "trades")
    assert server.stop() == 0
    found = [int(row["Trade_ID"]) for row in rows(trade_file(tmp_path))]
    assert found[: len(flushed)] == flushed
    assert len(set(found)) == len(found)


def test_a_folder_that_cannot_be_used_is_one_line(yard: Yard, simulator: Simulator, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ended = yard.run("server.py", "--config", str(simulator.config), "--port", "0", "--csv", str(tmp_path / "file"))
    assert ended.returncode == 2
    assert ended.stderr.splitlines() == [f"server.py: csv: {tmp_path / 'file'} is not a folder"]
