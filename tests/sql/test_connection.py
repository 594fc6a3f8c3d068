"""A connection that ends within its time, whatever the server does, and says in one line why it failed."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from server.history.schema import Kind
from server.sql.address import parse
from server.sql.connection import Connection
from server.sql.errors import RowError, SqlError, SqlTrouble
from tests.free_port import free_port

from .proxy import Proxy
from .servers import PASSWORD, QUOTED, Server

LONG = 30.0
"""Seconds that are enough for everything that ends by itself."""


def refused(url: str, patience: float = LONG) -> SqlError:
    """Why a connection cannot be had."""
    with pytest.raises(SqlError) as caught:
        Connection(parse(url), patience).close()
    assert "\n" not in str(caught.value)
    assert PASSWORD not in str(caught.value)
    assert QUOTED not in str(caught.value)
    return caught.value


def test_rows_and_transactions(server: Server, database: str) -> None:
    connection = Connection(parse(server.address(database)), LONG)
    connection.stage()
    assert connection.server in ("PostgreSQL", "MariaDB")
    connection.insert(Kind.OPEN_INTEREST, [(1, 5, "1.50", 7)])
    connection.rollback()
    assert connection.execute("select * from open_interest") == []
    connection.insert(Kind.OPEN_INTEREST, [(1, 5, "1.50", 7)])
    connection.commit()
    connection.close()
    assert [row[3] for row in server.execute("select * from open_interest", database)] == [7]


def test_why_it_cannot_be_had(server: Server, database: str) -> None:
    assert refused(server.address(database, password="wrong")).trouble is SqlTrouble.REFUSED
    assert refused(server.address(database, user="nobody")).trouble is SqlTrouble.REFUSED
    assert refused(server.address("not_there")).trouble is SqlTrouble.NO_DATABASE
    assert refused(server.address(database, port=free_port())).trouble is SqlTrouble.AWAY
    missing = f"{server.scheme}://u:p@localhost/{database}?socket={server.folder / 'nowhere'}"
    assert refused(missing).trouble is SqlTrouble.AWAY


def test_an_old_server_is_named(server: Server, database: str) -> None:
    versions = {"postgresql": (b"15.", b"12."), "mariadb": (b"10.11.", b"10.03.")}
    (full,) = server.execute("select version()")[0]
    with Proxy(server.port) as proxy:
        old, new = versions[server.scheme]
        assert old.decode() in full
        proxy.replaces = (old, new)
        error = refused(server.address(database, proxy.port))
    assert error.trouble is SqlTrouble.OLD_SERVER
    assert "or newer" in str(error)


def test_a_server_that_accepts_and_never_answers(server: Server, database: str) -> None:
    with Proxy(server.port) as proxy:
        proxy.stalls = True
        begun = time.monotonic()
        error = refused(server.address(database, proxy.port), 2.0)
        assert error.trouble is SqlTrouble.SLOW
        assert time.monotonic() - begun < LONG


def test_a_server_that_stops_to_answer(server: Server, database: str) -> None:
    with Proxy(server.port) as proxy:
        connection = Connection(parse(server.address(database, proxy.port)), 2.0)
        assert [row[0] for row in connection.execute("select 1")] == [1]
        proxy.stalls = True
        with pytest.raises(SqlError) as caught:
            connection.execute("select 2")
        assert caught.value.trouble is SqlTrouble.SLOW
        assert connection.hung
        connection.close()


def test_a_statement_that_takes_too_long_is_ended_by_the_server(server: Server, database: str) -> None:
    connection = Connection(parse(server.address(database)), 2.0)
    sleep = {"postgresql": "select pg_sleep(60)", "mariadb": "select sleep(60) from information_schema.tables"}
    with pytest.raises(SqlError) as caught:
        connection.execute(sleep[server.scheme])
    assert caught.value.trouble is SqlTrouble.SLOW
    assert not connection.hung
    connection.rollback()
    assert [row[0] for row in connection.execute("select 1")] == [1]
    connection.close()


def test_a_locked_table_is_told_from_a_server_that_hangs(server: Server, database: str) -> None:
    holder, other = (Connection(parse(server.address(database)), patience) for patience in (LONG, 4.0))
    other.stage()
    holder.execute("lock table trade in exclusive mode" if server.scheme == "postgresql" else "lock tables trade write")
    with pytest.raises(SqlError) as caught:
        other.insert(Kind.TRADE, [(1, 2, 3, None, 1, 5, 6, 7)])
    assert caught.value.trouble is SqlTrouble.LOCKED
    holder.close()
    other.close()


def test_a_value_that_no_column_holds_leaves_the_connection(server: Server, database: str) -> None:
    connection = Connection(parse(server.address(database)), LONG)
    connection.stage()
    for bad in ((1, 2, 3, "x" * 300, 1, 5, 6, 7), (1, 2, 3, None, 1, 2**63, 6, 7), (1, 2, None, None, 1, 5, 6, 7)):
        with pytest.raises(RowError):
            connection.insert(Kind.TRADE, [bad])
        connection.rollback()
    assert connection.execute("select * from trade") == []
    connection.close()


def test_certificates_are_checked(server: Server, database: str, tmp_path: Path) -> None:
    trusted = tmp_path / "ca.pem"
    trusted.write_bytes((server.folder / "cert.pem").read_bytes())
    base = server.address(database).replace("127.0.0.1", "localhost")
    connection = Connection(parse(f"{base}?tls=verify&tls_ca={trusted}"), LONG)
    query = {
        "postgresql": "select ssl::text from pg_stat_ssl where pid = pg_backend_pid()",
        "mariadb": "select variable_value from information_schema.session_status where variable_name = 'ssl_version'",
    }
    assert connection.execute(query[server.scheme])[0][0] in ("true", "TLSv1.3", "TLSv1.2")
    connection.close()
    assert "certificate" in str(refused(f"{base}?tls=verify")).lower()
    other = server.address(database)
    assert "certificate" in str(refused(f"{other}?tls=verify&tls_ca={trusted}")).lower()
