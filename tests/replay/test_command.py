"""`onebook replay` as it is typed: its results, its errors, and clients that see what clients saw."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

import pytest

import client
from recording import Kind, Record, bodies
from server.replay.moments import moment
from tests import prepared
from tests.replay.recordings import write
from tests.replay.test_player import LONGEST, of

ROOT = Path(__file__).resolve().parent.parent.parent
# It is run as idle work beside other tests.
pytestmark = pytest.mark.timeout(300)
COMMAND = ["-m", "cli", "replay"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "proto")))}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return prepared.run([*COMMAND, *words], ENVIRONMENT, timeout=250)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("recording"), of(LONGEST, 1200))


def test_the_result_is_the_same_each_time_and_is_lines_of_json(folder: Path) -> None:
    lines = [run(str(folder), "--speed", "max", "--no-port", "--json") for _ in range(2)]
    assert [each.returncode for each in lines] == [0, 0], lines[0].stderr
    first, second = ([json.loads(line) for line in each.stdout.splitlines()] for each in lines)
    (book,) = (each for each in first if each["type"] == "book")
    assert book in second
    assert (book["market"], book["venue"]) == ("S0/Q", "binance")
    assert book["frames"] > 100
    assert len(book["chain"]) == 16
    assert first[-1]["type"] == "replay"
    assert first[-1]["messages"] > book["frames"]


def test_from_a_time_on_it_plays_what_is_from_then_on(folder: Path) -> None:
    times = [record.time for record in of(LONGEST, 1200)]
    begin = datetime.fromtimestamp(times[700] / 1e9, timezone.utc)
    found = run(str(folder), "--from", begin.isoformat(), "--speed", "max", "--no-port", "--json")
    assert found.returncode == 0, found.stderr
    *books, total = (json.loads(line) for line in found.stdout.splitlines())
    assert total["records"] == sum(time >= moment(begin.isoformat()) for time in times)
    assert books[0]["frames"] > 10
    assert f"made of {len(times) - total['records']} records before" in found.stderr


def test_a_book_that_is_not_the_live_one_is_named_and_is_the_exit_status(tmp_path: Path) -> None:
    records = of(LONGEST, 600)
    good = run(str(write(tmp_path / "good", records)), "--speed", "max", "--no-port", "--json")
    sequence = json.loads(good.stdout.splitlines()[0])["sequence"]
    state = bodies.states([bodies.BookState("S0/Q", "binance", sequence, "0" * 16, records[-1].time)])
    records.append(Record(Kind.STATE, 0, state, records[-1].time, records[-1].monotonic))
    bad = run(str(write(tmp_path / "bad", records)), "--speed", "max", "--no-port")
    assert bad.returncode == 1
    assert f"the replay differs: S0/Q on binance at {sequence}" in bad.stderr
    assert "1 differ" in bad.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["/nowhere/at/all"], "there is no folder"),
        (["{folder}", "--pair", "S1/Q"], "the recording has no pair 'S1/Q'"),
        (["{folder}", "--venues", "binanse"], "the recording has no venue 'binanse'"),
        (["{folder}", "--speed", "-1"], "--speed"),
        (["{folder}", "--speed", "fast"], "--speed"),
        (["{folder}", "--from", "yesterday"], "--from"),
        (["{folder}", "--prot", "5"], "--prot"),
        (["{folder}", "--port", "x"], "--port"),
        (["{folder}", "--data", "{folder}"], "a replay records nothing"),
        (["{folder}", "--csv", "{folder}"], "a replay writes no CSV files"),
        (["{folder}", "--fault", "explode"], "there is no fault 'explode'"),
        (["{folder}", "--fault", "drop:binanse"], "no venue 'binanse' is played; did you mean binance"),
        (["{folder}", "--fault", "drop:binance:pair=S1/Q"], "no pair 'S1/Q' is played"),
        (["{folder}", "--fault", "drop:binance:every=1,count=99"], "are too many"),
        ([], "DIR"),
    ],
)
def test_mistakes_are_one_line(folder: Path, words: Sequence[str], said: str) -> None:
    found = run(*(word.format(folder=folder) for word in words))
    assert found.returncode == 2
    (line,) = found.stderr.strip().splitlines()
    assert said in line


def test_a_folder_without_a_recording_and_one_without_a_run(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    found = run(str(tmp_path / "empty"))
    assert found.returncode == 2
    assert "there is no recording in" in found.stderr
    only = write(tmp_path / "only", [Record(Kind.TICK, 1, b"", 1, 1)])
    found = run(str(only), "--no-port")
    assert found.returncode == 2
    assert "says nothing of the server that made it" in found.stderr


def test_faults_are_part_of_the_result(folder: Path) -> None:
    faults = ["--fault", "drop:binance:frame=50", "--fault", "drop:*:frame=1000000"]
    found = run(str(folder), "--speed", "max", "--no-port", "--json", *faults)
    assert found.returncode == 0, found.stderr
    lines = [json.loads(line) for line in found.stdout.splitlines()]
    (hit,) = (each for each in lines if each["type"] == "fault")
    assert (hit["kind"], hit["venue"], hit["pair"], hit["frame"]) == ("drop", "binance", "S0/Q", 50)
    assert hit["time"].isdigit()
    assert "faults that have not hit, as no such frame came: 1" in found.stderr
    assert "S0/Q on binance: fault drop" in found.stderr
    text = run(str(folder), "--speed", "max", "--no-port", *faults).stdout
    assert "fault drop hit frame 50 of S0/Q on binance" in text


@contextmanager
def serving(folder: Path, *words: str) -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, *COMMAND, str(folder), "--port", str(port), *words], cwd=ROOT, env=ENVIRONMENT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield f"127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 0, errors


def test_clients_see_what_clients_saw(folder: Path) -> None:
    with serving(folder, "--speed", "20", "--wait", "--stay") as address, client.Client(address) as reader:
        books = reader.stream_book("S0/Q")
        live = next(book for book in books if book.live_venues)
        assert live.header.receive_time_nanos // 10**9 in range(1723161253, 1723161600), "times are the recording's"
        (quality,) = live.venues
        assert quality.digest
        assert live.digest
        later = next(book for book in books if book.venues[0].venue_sequence > quality.venue_sequence)
        assert later.digest != live.digest
        last = 0
        for book in books:
            if book.header.heartbeat or book.header.sequence - last > 10**6:
                break
            last = book.header.sequence
            if book.venues[0].venue_sequence >= later.venues[0].venue_sequence + 1000:
                break
        assert reader.markets()[0].name == "S0/Q"
        assert reader.venue_status("S0/Q").venues[0].live
