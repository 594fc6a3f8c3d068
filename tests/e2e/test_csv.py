"""CSV files of a real server: every trade once over kills and restarts, and candles at the signals."""

from __future__ import annotations

import csv
import os
import pty
import shutil
import signal
import sys
import time
from decimal import Decimal
from pathlib import Path

import psutil
import pytest

from tests.csv_files.samples import rows, small_disk
from tests.csv_files.test_crash import ids_of_whole_rows
from tests.test_signals import caught
from tests.waiting import eventually

from .processes import ROOT, Server, Simulator, Yard, environment

VENUE = "binance"
KILLS = 20
COLUMNS = "start,open,high,low,close,volume,open_var,high_var,low_var,close_var,volume_var,open_interest,"


@pytest.fixture(scope="module")
def simulator(shared_yard: Yard) -> Simulator:
    return shared_yard.simulator("--rate", "40")


def trade_file(folder: Path, venue: str = VENUE) -> Path:
    """The newest day's file of a venue."""
    return max((folder / "trades" / venue / "BTC-USDT").glob("*.csv"), default=folder / "none")


def count(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def candle_files(folder: Path) -> list[Path]:
    return sorted((folder / "candles").glob("*_candle_data.csv"))


def test_trades_in_real_time_and_candles_at_the_end(yard: Yard, simulator: Simulator, tmp_path: Path) -> None:
    server = yard.serve(simulator, "--csv", str(tmp_path))
    for venue in ("binance", "binance_us", "bitstamp"):
        eventually(lambda venue=venue: count(trade_file(tmp_path, venue)) > 30, venue)  # type: ignore[misc]
    eventually(lambda: ",complete," in _printed(yard, server), "a candle of a second")
    printed = _printed(yard, server)
    server.signal(signal.SIGTERM)
    assert server.wait() == 0
    for venue in ("binance", "binance_us", "bitstamp"):
        found = rows(trade_file(tmp_path, venue))
        assert len({row["Trade_ID"] for row in found}) == len(found)
        assert {(row["Venue"], row["Pair"]) for row in found} == {(venue, "BTC/USDT")}
        assert all(row["Time"].endswith("Z") and row["Time"][:10] in trade_file(tmp_path, venue).name for row in found)
        assert all(Decimal(row["Amount"]) > 0 and Decimal(row["Price"]) > 0 for row in found)
    (path,) = (each for each in candle_files(tmp_path) if f"_{VENUE}_BTC-USDT_1sec_" in each.name)
    assert path.read_text().startswith(COLUMNS)
    assert path.read_text().splitlines()[0] == printed.splitlines()[0]
    written = {row["start"]: row for row in csv.DictReader(path.read_text().splitlines())}
    closed = [row for row in csv.DictReader(printed.splitlines()) if not row["open_var"]]
    assert closed
    for row in closed:
        for name in ("open", "high", "low", "close", "volume", "vwap"):
            assert Decimal(row[name]) == Decimal(written[row["start"]][name])


def _printed(yard: Yard, server: Server) -> str:
    """What the command prints of the candles of a second of one venue."""
    words = ("--server", server.address, "--venue", VENUE, "--interval", "1s", "--csv")
    return yard.run("-m", "cli", "candles", *words).stdout


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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_candles_at_the_end(yard: Yard, simulator: Simulator, tmp_path: Path, number: signal.Signals) -> None:
    server = yard.serve(simulator, "--csv", str(tmp_path))
    eventually(lambda: count(trade_file(tmp_path)) > 3, "trades")
    server.signal(number)
    assert server.wait() == 0
    assert {path.name.split("_", 1)[1] for path in candle_files(tmp_path)} >= {
        "BTC-USDT_60sec_candle_data.csv", f"{VENUE}_BTC-USDT_60sec_candle_data.csv",
    }  # fmt: skip


def test_a_service_writes_candles_at_sigtstp_and_goes_on(yard: Yard, simulator: Simulator, tmp_path: Path) -> None:
    server = yard.serve(simulator, "--csv", str(tmp_path))
    eventually(lambda: count(trade_file(tmp_path)) > 3, "trades")
    for turn in range(1, 4):
        server.signal(signal.SIGTSTP)
        eventually(lambda turn=turn: len(server.said("candles are written")) == turn, "files")  # type: ignore[misc]
        before = count(trade_file(tmp_path))
        eventually(lambda before=before: count(trade_file(tmp_path)) > before, "it goes on")  # type: ignore[misc]
        assert psutil.Process(server.pid).status() != psutil.STATUS_STOPPED
    assert candle_files(tmp_path)


def test_without_csv_files_the_server_leaves_sigtstp_alone(yard: Yard, simulator: Simulator) -> None:
    server = yard.serve(simulator)
    assert caught(server.pid, signal.SIGTERM)
    assert not caught(server.pid, signal.SIGTSTP)


def test_ctrl_z_in_a_terminal_writes_candles_and_suspends(simulator: Simulator, tmp_path: Path) -> None:
    """A shell with job control on a terminal: Ctrl-Z suspends the server, `fg` continues it, Ctrl-C ends it."""
    pid, terminal = pty.fork()
    if not pid:
        os.chdir(ROOT)
        os.execvpe("bash", ["bash", "--norc", "-i"], environment(PS1="ready> "))
    try:
        screen = Screen(terminal)
        config = f"--config {simulator.config} --port 0 --log-json --csv {tmp_path}"
        screen.type(f"{sys.executable} server.py {config}\n")
        eventually(lambda: screen.read() and count(trade_file(tmp_path)) > 3, screen.read)
        for turn in (1, 2):
            screen.type("\x1a")
            eventually(lambda turn=turn: screen.read().count("Stopped") == turn, screen.read)  # type: ignore[misc]
            assert screen.read().count("candles are written") == turn
            before = count(trade_file(tmp_path))
            screen.type("fg\n")
            eventually(lambda before=before: screen.read() and count(trade_file(tmp_path)) > before, screen.read)  # type: ignore[misc]
        screen.type("\x03")
        eventually(lambda: screen.read().count("candles are written") == 3, screen.read)
        screen.type("echo status $?\n")
        eventually(lambda: "status 0" in screen.read(), screen.read)
        screen.type("exit\n")
    finally:
        for child in (*psutil.Process(pid).children(recursive=True), psutil.Process(pid)):
            child.kill()
        os.waitpid(pid, 0)
        os.close(terminal)


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


def test_a_full_disk_costs_no_trade_and_no_book(yard: Yard, tmp_path: Path) -> None:
    simulator = yard.simulator("--rate", "40", "--venues", VENUE)
    with small_disk(tmp_path, 5_000_000):
        filler = tmp_path / "filler"
        filler.write_bytes(bytes(shutil.disk_usage(tmp_path).free - 20_000))
        server = yard.serve(simulator, "--csv", str(tmp_path))
        eventually(lambda: server.said("trades cannot be written into"), "word of the full disk")
        assert "No space left on device" in server.said("trades cannot be written into")[0]
        filler.unlink()
        eventually(lambda: server.said("trades are written into CSV files again; 0 were lost"), "the recovery")
        assert not server.said("was withdrawn")
        assert server.stop() == 0
        found = [int(row["Trade_ID"]) for row in rows(trade_file(tmp_path))]
        assert found == list(range(found[0], found[-1] + 1))


def test_a_folder_that_cannot_be_used_is_one_line(yard: Yard, simulator: Simulator, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ended = yard.run("server.py", "--config", str(simulator.config), "--port", "0", "--csv", str(tmp_path / "file"))
    assert ended.returncode == 2
    assert ended.stderr.splitlines() == [f"server.py: csv: {tmp_path / 'file'} is not a folder"]


class Screen:
    """What a terminal shows."""

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal
        self._text = ""
        os.set_blocking(terminal, False)

    def type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def read(self) -> str:
        """All that was shown so far."""
        try:
            while data := os.read(self._terminal, 1 << 16):
                self._text += data.decode("utf-8", "replace")
        except BlockingIOError:
            return self._text
        return self._text
