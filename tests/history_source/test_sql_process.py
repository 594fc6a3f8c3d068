"""A server's history goes into a database too; a database that is away costs nobody a row."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from server.errors import ConfigError
from server.history.rows import TradeRow
from server.history.store import HistoryStore
from server.history_source import server_history
from server.history_source.server_history import ServerHistory
from server.history_source.sql_process import command
from server.sql.address import parse
from tests.history.samples import BTC, pages, source, trade
from tests.sql.conftest import database, server, servers, url
from tests.sql.servers import Server
from tests.waiting import eventually

__all__ = ["database", "server", "servers", "url"]


def now_trade(number: int) -> TradeRow:
    now = time.time_ns()
    return trade(number)._replace(time=now, received=now)


def count(server: Server, database: str) -> int:
    return int(server.execute("select count(*) from trade", database)[0][0])


def test_a_database_gets_what_the_files_get_also_after_it_was_away(
    server: Server, database: str, url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    history = ServerHistory(tmp_path, sql=url)
    history.start()
    assert history.database is not None
    history.put(now_trade(number) for number in range(100))
    assert history.settle(20)
    assert history.database.settle(30)
    eventually(lambda: count(server, database) == 100, "the rows are in the database", 30)
    server.stop()
    history.put(now_trade(number) for number in range(100, 300))
    assert history.settle(20), "the files do not wait for the database"
    assert len(pages(HistoryStore(tmp_path).trades, source(BTC), limit=1000)) == 300
    eventually(lambda: "wait on the disk of this machine" in caplog.text, "the log says so", 30)
    server.start()
    eventually(lambda: count(server, database) == 300, "the rows that waited", 60)
    history.stop()
    assert url not in caplog.text, "it has a password"


@pytest.mark.parametrize("wrong", ["nonsense", "postgresql://host", "sqlite:///x"])
def test_an_address_that_cannot_work_is_refused_at_the_start(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(ConfigError, match=r"sql: "):
        ServerHistory(tmp_path / "history", sql=wrong)


def test_no_command_line_shows_the_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_history, "require", lambda _extra: None)
    history = ServerHistory(tmp_path, sql="postgresql://user:a-secret@host/database?tls=off")
    assert history.database is not None
    assert "a-secret" not in " ".join(command(history.database._ring, tmp_path))  # noqa: SLF001
    assert "a-secret" not in str(server_history._sql_words(parse("postgresql://user:a-secret@host/database")))  # noqa: SLF001
