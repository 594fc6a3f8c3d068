"""`onebook replay --sql`: the database has the rows of the day files of the same recording."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from pathlib import Path

import pytest

from server.history.book_chunk import ChunkRow
from server.history.folder import day_path, days
from server.sql.metadata import metadata
from tests import prepared
from tests.captures import ROOT
from tests.replay.recordings import write
from tests.replay.test_player import LONGEST, of

from .servers import PASSWORD, QUOTED, Server
from .test_views import compared

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "proto")))}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("recording"), of(LONGEST, 1200))


def replay(*words: str) -> subprocess.CompletedProcess[str]:
    return prepared.run(["-m", "cli", "replay", *words, "--speed", "max", "--no-port"], ENVIRONMENT, timeout=250)


def test_both_have_the_same_rows(recorded: Path, server: Server, url: str, database: str, tmp_path: Path) -> None:
    history = tmp_path / "history"
    for _ in range(2):  # Once more changes nothing.
        done = replay(str(recorded), "--history", str(history), "--sql", url)
        assert done.returncode == 0, done.stderr
        assert PASSWORD not in done.stderr
        assert QUOTED not in done.stderr
        assert "rows of the database: " in done.stderr
    # Today's file is there too, and empty.
    day_file = sqlite3.connect(day_path(history, days(history)[0]))
    # How books were cut into chunks depends on how fast each of the two was read.
    names = [name for name in metadata.tables if name not in ("meta", "book_chunk")]
    for name in (*names, "v_trade", "v_ohlc", "v_metric", "trades", "ohlc", "AveragePrice"):
        one, other = compared(day_file, server, database, name)
        assert one == other, name
        assert one or name in ("open_interest", "trade_gap"), name
    chunks = "select first_ns, first_sequence, last_ns, books, codec, length, data from book_chunk order by 1, 2"
    assert _books(day_file.execute(chunks).fetchall()) == _books(server.execute(chunks, database)) != set()
    day_file.close()


def _books(chunks: list[tuple[object, ...]]) -> set[object]:
    from tests.history.samples import BTC

    return {book for values in chunks for book in ChunkRow.read(BTC, values).unpacked()}


def test_a_database_without_tables_ends_it_before_it_begins(recorded: Path, server: Server, empty: str) -> None:
    done = replay(str(recorded), "--sql", server.address(empty))
    assert done.returncode == 2
    (line,) = done.stderr.strip().splitlines()
    assert "onebook sql init" in line
    assert PASSWORD not in line
