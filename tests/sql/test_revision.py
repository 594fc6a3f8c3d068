"""A writer uses the tables of its own onebook only, and says what to do about others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.sql.address import parse
from server.sql.connection import Connection
from server.sql.errors import SqlError, SqlTrouble
from server.sql.revision import REVISION, VERSION_TABLE, check_revision, revision_of
from tests.captures import ROOT

from .servers import Server


@pytest.fixture
def connection(server: Server, empty: str) -> Iterator[Connection]:
    made = Connection(parse(server.address(empty)), 30.0)
    yield made
    made.close()


def test_no_tables(connection: Connection) -> None:
    assert revision_of(connection) is None
    with pytest.raises(SqlError, match="onebook sql init") as caught:
        check_revision(connection)
    assert caught.value.trouble is SqlTrouble.NO_TABLES


@pytest.mark.parametrize(
    ("revision", "trouble"), [("0000", SqlTrouble.OLD_TABLES), ("9999", SqlTrouble.NEW_TABLES), (REVISION, None)]
)
def test_tables_of_another_onebook(connection: Connection, revision: str, trouble: SqlTrouble | None) -> None:
    connection.execute(f"create table {VERSION_TABLE}(version_num varchar(32))")
    connection.execute(f"insert into {VERSION_TABLE} values ('{revision}')")
    connection.commit()
    if trouble is None:
        check_revision(connection)
        return
    with pytest.raises(SqlError, match=revision) as caught:
        check_revision(connection)
    assert caught.value.trouble is trouble


def test_the_newest_file_is_the_revision() -> None:
    files = Path(ROOT, "server", "sql", "migrations", "versions").glob("revision_*.py")
    assert max(path.stem for path in files) == f"revision_{REVISION}"
