"""Files of trades: a file per day, a bounded number of open files, and every trouble of a disk survived and counted."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from server.csv_files import trade_files
from server.csv_files.trade_files import TradeFiles
from server.model import Pair
from tests.volume import examples

from .samples import BTC, MIDNIGHT, TODAY, TOMORROW, VENUE, Clock, file_of, ids, line, small_disk


class Rig:
    """Files with a clock of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = Clock()
        self.files = TradeFiles(folder, self.clock)

    def put(self, *numbers: int) -> None:
        for number in numbers:
            self.files.put(VENUE, BTC, line(number))

    def turn(self, seconds: float = 0.0) -> None:
        self.clock.now += seconds
        self.files.turn()


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def test_a_turn_writes_what_came(rig: Rig) -> None:
    rig.put(1, 2)
    rig.turn()
    assert ids(file_of(rig.folder)) == [1, 2]
    assert (rig.files.written, rig.files.waiting, rig.files.lost) == (2, 0, 0)
    rig.files.close()


def test_a_long_burst_is_written_before_the_turn_is_over(rig: Rig) -> None:
    rig.put(*range(trade_files.BATCH + 1))
    assert rig.files.waiting == 1
    rig.files.close()
    assert ids(file_of(rig.folder)) == list(range(trade_files.BATCH + 1))


def test_a_late_trade_goes_to_its_own_day(rig: Rig) -> None:
    day = 86_400 * 10**9
    for number, at in enumerate((MIDNIGHT + day - 1, MIDNIGHT + day, MIDNIGHT + day - 2, MIDNIGHT + day + 1)):
        rig.files.put(VENUE, BTC, line(number, at))
        rig.turn()
    assert ids(file_of(rig.folder, TODAY)) == [0, 2]
    assert ids(file_of(rig.folder, TOMORROW)) == [1, 3]
    rig.files.close()


def test_venues_and_pairs_have_files_of_their_own(rig: Rig) -> None:
    rig.files.put("alpha", BTC, line(1))
    rig.files.put("beta", BTC, line(1))
    rig.files.put("alpha", Pair("ETH", "USDT"), line(1))
    rig.files.close()
    found = sorted(path.relative_to(rig.folder / "trades").as_posix() for path in rig.folder.rglob("*.csv"))
    assert found == [f"alpha/BTC-USDT/{TODAY}.csv", f"alpha/ETH-USDT/{TODAY}.csv", f"beta/BTC-USDT/{TODAY}.csv"]


def open_files() -> set[str]:
    return {str(each.readlink()) for each in Path("/proc/self/fd").iterdir() if each.is_symlink()}


def test_few_files_are_open_at_once_and_idle_ones_are_closed(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trade_files, "MOST_OPEN", 3)
    for turn in range(3):
        for number in range(10):
            rig.files.put(f"venue{number}", BTC, line(turn))
        rig.turn()
        assert sum(str(rig.folder) in each for each in open_files()) == 3
    rig.turn(trade_files.IDLE)
    assert not [each for each in open_files() if str(rig.folder) in each]
    assert all(ids(path) == [0, 1, 2] for path in rig.folder.rglob("*.csv"))
    rig.files.close()


@pytest.mark.parametrize("how", ["removed", "folder removed", "replaced", "emptied"])
def test_a_file_that_somebody_takes_away_begins_anew(rig: Rig, how: str, caplog: pytest.LogCaptureFixture) -> None:
    path = file_of(rig.folder)
    rig.put(1)
    rig.turn()
    if how == "removed":
        path.unlink()
    elif how == "folder removed":
        shutil.rmtree(rig.folder / "trades")
    elif how == "replaced":
        path.rename(path.with_suffix(".old"))
        path.touch()
    else:
        os.truncate(path, 0)
    rig.put(2)
    rig.turn()
    rig.put(3)
    rig.turn()
    assert ids(path) == [2, 3]
    assert len(caplog.messages) == 1
    rig.files.close()


def test_a_full_disk_costs_nothing_that_fits_into_memory(
    rig: Rig, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trade_files, "WAITING", 5000)
    with small_disk(rig.folder, 2_000_000):
        rig.put(1)
        rig.turn()
        filler = rig.folder / "filler"
        filler.write_bytes(bytes(shutil.disk_usage(rig.folder).free - 50_000))
        rig.put(*range(2, 4002))
        for _ in range(20):
            rig.turn(0.5)
        assert rig.files.waiting > 0
        before = ids(file_of(rig.folder))
        assert before == list(range(1, len(before) + 1)), "whole rows alone"
        rig.put(*range(4002, 6002 + len(before)))
        assert rig.files.lost > 0
        lost, kept = rig.files.lost, 6001 + len(before) - rig.files.lost
        filler.unlink()
        rig.put(9999)
        rig.turn(trade_files.RETRY)
        assert rig.files.lost == lost + 1, "the newest of what does not fit is lost"
        rig.put(10_000)
        rig.turn()
        assert ids(file_of(rig.folder)) == [*range(1, kept + 1), 10_000]
        assert [message.split(" (")[0].split(":")[0] for message in caplog.messages] == [
            f"trades cannot be written into {file_of(rig.folder)}",
            "trades are lost for the CSV files",
            f"trades are written into CSV files again; {lost + 1} were lost",
        ]
        rig.files.close()


def test_a_file_that_cannot_be_written_does_not_hold_up_another(
    rig: Rig, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trade_files, "WAITING", 5)
    file_of(rig.folder).mkdir(parents=True)
    rig.put(1)
    rig.turn()
    for number in range(2, 10):
        rig.put(number)
        rig.files.put("beta", BTC, line(number))
    rig.turn()
    assert ids(rig.folder / "trades" / "beta" / "BTC-USDT" / f"{TODAY}.csv") == list(range(2, 10))
    assert rig.files.waiting + rig.files.lost == 9
    kept = rig.files.waiting
    file_of(rig.folder).rmdir()
    rig.turn(trade_files.RETRY)
    assert ids(file_of(rig.folder)) == list(range(1, kept + 1))
    assert len(caplog.messages) == 3, "it fails, trades are lost, it is over"
    rig.files.close()


def test_another_trouble_is_said_although_one_file_fails_for_good(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    file_of(rig.folder).mkdir(parents=True)
    pair = Pair("A" * 300, "USDT")
    for number in range(5):
        rig.put(number)
        rig.files.put("beta", pair, line(number))
        rig.turn(trade_files.RETRY)
    assert [message.rpartition(" (")[2] for message in caplog.messages] == [
        "Is a directory): they wait", "File name too long): they wait",
    ]  # fmt: skip
    rig.files.close()


def test_what_is_never_written_is_said_at_the_end(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    file_of(rig.folder).mkdir(parents=True)
    rig.put(*range(examples(10)))
    rig.files.close()
    assert caplog.messages[-1].startswith(f"{examples(10)} trades are lost for the CSV files")


def test_files_are_put_on_the_disk_every_ten_seconds_and_at_the_end(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[float] = []
    monkeypatch.setattr(os, "fdatasync", lambda _descriptor: synced.append(rig.clock.now))
    began = rig.clock.now
    for number in range(25):
        rig.put(number)
        rig.turn(1.0)
    rig.files.close()
    assert [at - began for at in synced] == [10.0, 20.0, 25.0]


def test_a_disk_that_cannot_promise_is_said_once(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(_descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", fails)
    for number in range(30):
        rig.put(number)
        rig.turn(1.0)
    rig.files.close()
    assert caplog.messages == [f"{file_of(rig.folder)} is not known to be on the disk (Input/output error)"]
    assert ids(file_of(rig.folder)) == list(range(30))
