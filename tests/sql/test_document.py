"""docs/sql.md: its queries run on both servers, and its numbers are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from server.sql import limits
from server.sql.address import OPTIONS, PASSWORD_VARIABLE
from server.sql.connection import OLDEST
from server.sql.sql_writer import RETRY_MOST, SqlSettings, SqlWriter
from tests.captures import ROOT
from tests.history.samples import Clock, book, candle, metric, trade

from .servers import Server

TEXT = (ROOT / "docs" / "sql.md").read_text()
QUERIES = [each.strip() for each in re.findall(r"```sql\n(.*?)```", TEXT, re.DOTALL)[0].split(";\n") if each.strip()]
DELETES = dict(zip(("postgresql", "mariadb"), re.findall(r"`(delete from trade .*?)`", TEXT), strict=True))


@pytest.fixture
def filled(server: Server, url: str, database: str, spill: Path) -> str:
    writer = SqlWriter(url, spill, clock=Clock())
    writer.add([trade(1), trade(2), candle(), metric(), book(0), book(1)])
    writer.close()
    return database


def test_queries_run(server: Server, filled: str) -> None:
    for statement in QUERIES:
        assert server.execute(statement, filled), statement


def test_old_rows_can_be_removed(server: Server, filled: str) -> None:
    server.execute("update trade set time_ns = 5 where trade_key = 1", filled)
    server.execute(DELETES[server.scheme], filled)
    assert [row[0] for row in server.execute("select trade_key from trade", filled)] == [2]


def test_its_numbers_are_those_of_the_code() -> None:
    settings = SqlSettings()
    for words in (
        f"more than {limits.NAME} characters",
        f"trade id of more than {limits.TRADE_ID}",
        f"words of more than {limits.DETAIL}",
        f"at most {RETRY_MOST:.0f} s",
        f"{settings.patience:.0f} s to connect",
        f"{settings.patience:.0f} s for each transaction",
        f"takes {4 * settings.patience:.0f} s at most",
        f"about {settings.most_waiting:,} on their way",
        f"({settings.most_spilled >> 30} GB of compressed rows)",
        PASSWORD_VARIABLE,
        *(f"`?{option}=" for option in OPTIONS),
        *(f"{kind} {'.'.join(map(str, version))}" for kind, version in OLDEST.items()),
    ):
        assert words in TEXT, words
