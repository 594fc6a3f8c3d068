"""Tables are made once, brought up to date without losing a row, and left as they are by a newer onebook's."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from server.sql import migration
from server.sql.address import Address, parse
from server.sql.connection import Connection
from server.sql.errors import SqlError, SqlTrouble
from server.sql.migration import FOLDER, check, init, sqlalchemy_connection, upgrade
from server.sql.revision import REVISION, VERSION_TABLE, revision_of
from server.sql.sql_writer import SqlWriter
from tests.captures import ROOT
from tests.history.samples import Clock, trade

from .servers import Server

SECOND = '''
"""A revision that is not there."""
from alembic import op
import sqlalchemy as sa

revision, down_revision = "0002", "0001"


def upgrade():
    op.add_column("trade", sa.Column("liquidation", sa.SmallInteger(), server_default="0", nullable=False))


def downgrade():
    op.drop_column("trade", "liquidation")
'''


def test_tables_are_made_once(server: Server, empty: str) -> None:
    address = parse(server.address(empty))
    with pytest.raises(SqlError, match="onebook sql init"):
        check(address)
    with pytest.raises(SqlError, match="onebook sql init"):
        upgrade(address)
    assert init(address)
    assert not init(address)
    assert upgrade(address) == (REVISION, REVISION)
    assert REVISION in check(address)
    assert len(server.execute("select value from meta where name = 'created_ns'", empty)) == 1


def test_two_at_once_make_them_once(server: Server, empty: str) -> None:
    command = [sys.executable, "-m", "cli", "sql", "init", server.address(empty)]
    started = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = [process.communicate(timeout=100)[0] for process in started]
    assert sum("are made" in each for each in said) == 1
    assert sum("were there already" in each for each in said) == 2


def test_a_second_revision_keeps_rows_and_views(changed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = parse(changed)
    writer = SqlWriter(changed, tmp_path / "spill", clock=Clock())
    writer.add([trade(1), trade(2)])
    writer.close()
    folder = tmp_path / "100 % new, of others"
    shutil.copytree(FOLDER, folder)
    (folder / "versions" / "revision_0002.py").write_text(SECOND)
    monkeypatch.setattr(migration, "FOLDER", folder)
    for module in ("migration", "revision"):
        monkeypatch.setattr(f"server.sql.{module}.REVISION", "0002")
    with pytest.raises(SqlError, match="onebook sql upgrade") as caught:
        check(address)
    assert caught.value.trouble is SqlTrouble.OLD_TABLES
    assert upgrade(address) == ("0001", "0002")
    check(address)
    connection = Connection(address, 30.0)
    assert connection.execute("select trade_key, liquidation from trade order by trade_key") == [(1, 0), (2, 0)]
    assert len(connection.execute("select * from trades")) == 2
    connection.commit()
    connection.close()
    monkeypatch.undo()
    with pytest.raises(SqlError, match="newer") as caught:
        upgrade(address)
    assert caught.value.trouble is SqlTrouble.NEW_TABLES


def test_a_broken_attempt_is_repeated(server: Server, empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    address = parse(server.address(empty))
    with monkeypatch.context() as broken:
        broken.setattr(migration, "views", lambda _dialect: {"v_trade": "select nothing from nowhere"})
        with pytest.raises(SqlError):
            init(address)
    connection = Connection(address, 30.0)
    if server.scheme == "postgresql":
        assert revision_of(connection) is None
    connection.close()
    with pytest.raises(SqlError, match="onebook sql init"):
        check(address)
    assert init(address)
    check(address)
    assert server.execute("select * from v_trade", empty) == []


def test_a_user_who_may_not_make_tables(server: Server, empty: str) -> None:
    reader = f"reader_{empty}"
    if server.scheme == "postgresql":
        server.execute(f"create user {reader} password 'pw'")
        server.execute("revoke create on schema public from public", empty)
    else:
        server.execute(f"create user {reader}@'%' identified by 'pw'")
        server.execute(f"grant select on {empty}.* to {reader}@'%'")
    with pytest.raises(SqlError) as caught:
        init(parse(server.address(empty, user=reader, password="pw")))
    assert caught.value.trouble is SqlTrouble.REFUSED


def test_the_connection_is_one_of_sqlalchemy_too(address: Address) -> None:
    connection = Connection(address, 30.0)
    with sqlalchemy_connection(connection) as session:
        query = f"select version_num from {VERSION_TABLE}"
        assert session.exec_driver_sql(query).scalar() == connection.execute(query)[0][0] == REVISION
    connection.close()
