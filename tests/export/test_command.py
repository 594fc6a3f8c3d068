"""`onebook export` as it is typed: all formats, parts, and one line for what cannot be done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests import prepared
from tests.captures import ROOT
from tests.history.samples import trade
from tests.history.samples import write as write_history
from tests.replay.recordings import write
from tests.replay.test_player import LONGEST, of
from tests.waiting import eventually

# It is run as idle work beside other tests.
pytestmark = [pytest.mark.timeout(300), pytest.mark.slow]
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "proto")))}
ROOM = 8192
"""Bytes of the largest file that the disk takes."""
DATASETS = ("book_snapshot_25", "incremental_book_L2", "trades")
COMMAND = ["-m", "cli", "export"]


def run(*words: object) -> subprocess.CompletedProcess[str]:
    return prepared.run([*COMMAND, *map(str, words)], ENVIRONMENT, timeout=250)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("recording"), of(LONGEST, 800))


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("history")
    write_history(folder, [trade(number) for number in range(3)])
    return folder


@pytest.mark.parametrize(
    ("form", "needs", "names"),
    [
        ("tardis", "sys", [f"binance_{kind}_2024-08-08_BTCUSDT.csv.gz" for kind in DATASETS]),
        ("hftbacktest", "numpy", ["binance_BTCUSDT_2024-08-08.npz"]),
        ("parquet", "pyarrow", ["part-0.parquet", "part-0.parquet", "views.sql"]),
    ],
)  # fmt: skip
def test_a_recording_in_each_format_twice(
    form: str, needs: str, names: list[str], recorded: Path, tmp_path: Path
) -> None:
    pytest.importorskip(needs, reason=f"{needs} is not installed")
    for _ in range(2):
        done = run(recorded, tmp_path / "out", "--format", form)
        assert done.returncode == 0, done.stderr
        assert sorted(path.name for path in (tmp_path / "out").rglob("*") if path.is_file()) == names
    assert f"files in {tmp_path / 'out'}" in done.stdout


def test_a_history_as_parquet(history: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    done = run(history, tmp_path, "--format", "parquet", "--pair", "btc/usdt", "--venues", "venue_a")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == "trade: 3 rows"
    assert (tmp_path / "table=trade/venue=venue_a/pair=BTC-USDT/date=2026-11-30/part-0.parquet").is_file()
    assert (tmp_path / "views.sql").is_file()


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["nowhere", "out", "--format", "tardis"], "there is no nowhere"),
        (["{empty}", "out", "--format", "tardis"], "{empty} is neither a recording nor a history"),
        (["{history}", "out", "--format", "tardis"], "the format tardis needs a recording: the history {history} has"),
        (["{history}", "out", "--format", "parquet", "--pair", "ETH/USDT"], "the history has no pair 'ETH/USDT'"),
        (["{history}", "out", "--format", "parquet", "--venues", "venue_b"], "the history has no venue 'venue_b'"),
        (["{recorded}", "out", "--format", "tardis", "--pair", "ETH/USDT"], "the recording has no pair 'ETH/USDT'"),
        (["{recorded}", "out", "--format", "tardis", "--pair", "ETH"], "pair 'ETH' was not BASE/QUOTE"),
        (["{recorded}", "out", "--format", "tardis", "--levels", "0"], "--levels 0 is not 1 to 1000"),
        (["{recorded}", "out", "--format", "csv"], "argument --format: invalid choice: 'csv'"),
        (
            ["{recorded}", "out", "--format", "tardis", "--from", "2026-11-30", "--to", "2026-11-29"],
            "--to is not after",
        ),
        (["{recorded}", "{file}", "--format", "tardis"], "{file} is not a folder"),
        (["{recorded}", "/proc/out", "--format", "tardis"], "cannot be written: "),
    ],
)
def test_what_cannot_be_done_is_one_line(
    words: list[str], error: str, recorded: Path, history: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("a file")
    names = {"recorded": recorded, "history": history, "empty": tmp_path / "empty", "file": tmp_path / "file"}
    done = run(*(word.format(**names) for word in words))
    (line,) = [each for each in done.stderr.splitlines() if each.startswith("onebook export: ")]
    assert error.format(**names) in line
    assert done.returncode == 2
    assert done.stdout == ""


def test_a_missing_package_is_one_line(recorded: Path, tmp_path: Path) -> None:
    (tmp_path / "numpy.py").write_text("raise ModuleNotFoundError('No module named numpy', name='numpy')\n")
    environment = {**ENVIRONMENT, "PYTHONPATH": os.pathsep.join((str(tmp_path), ENVIRONMENT["PYTHONPATH"]))}
    words = [sys.executable, *COMMAND, str(recorded), str(tmp_path / "out"), "--format", "hftbacktest"]
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=250, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        "onebook export: this format needs numpy, which is not installed: python -m pip install numpy"
    )


def test_a_part_in_time(recorded: Path, tmp_path: Path) -> None:
    all_of_it = run(recorded, tmp_path / "a", "--format", "tardis", "--to", "2024-08-09T00:00")
    none = run(recorded, tmp_path / "b", "--format", "tardis", "--from", "2024-08-09T00:00")
    assert (all_of_it.returncode, none.returncode) == (0, 0)
    assert "trades: " in all_of_it.stdout
    assert none.stdout.startswith("0 files in ")


def test_an_interrupted_export_leaves_no_half_of_a_file(tmp_path: Path) -> None:
    folder = write(tmp_path / "rec", of(LONGEST, 10**9))
    with subprocess.Popen(
        [sys.executable, *COMMAND, str(folder), str(tmp_path / "out"), "--format", "tardis"], cwd=ROOT, env=ENVIRONMENT,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as export:  # fmt: skip
        eventually(lambda: list((tmp_path / "out").glob(".*.part")))
        export.send_signal(signal.SIGINT)
        _, errors = export.communicate(timeout=60)
    assert export.returncode == 1
    assert errors.splitlines()[-1] == "onebook export: stopped; files that were not complete are removed"
    assert list((tmp_path / "out").glob(".*")) == []


@pytest.mark.parametrize("form", ["parquet", "tardis", "hftbacktest"])
def test_a_disk_without_room_is_one_line_and_leaves_nothing(form: str, recorded: Path, tmp_path: Path) -> None:
    pytest.importorskip({"parquet": "pyarrow", "tardis": "gzip", "hftbacktest": "numpy"}[form])
    folder = tmp_path / "out"
    words = [sys.executable, *COMMAND, str(recorded), str(folder), "--format", form]
    limited = f"import os, resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({ROOM}, {ROOM})); " + (
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    done = subprocess.run(
        [sys.executable, "-c", limited, *words], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True,
        timeout=250, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert done.stderr.splitlines()[-1].startswith("onebook export: ")
    assert "cannot be written: " in done.stderr.splitlines()[-1]
    left = [path for path in folder.rglob("*") if path.is_file()]
    assert all(path.stat().st_size < ROOM and not path.name.startswith(".") for path in left), left
