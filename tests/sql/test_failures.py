"""What drivers raise is told apart by the codes of the servers; tests of the connection have the real ones."""

from __future__ import annotations

import psycopg
import pymysql
import pytest

from server.sql.address import parse
from server.sql.errors import RowError, SqlTrouble
from server.sql.failures import MOST, sql_error

POSTGRES = parse("postgresql://u:hunter2@h/d?tls=off")
MARIADB = parse("mariadb://u:hunter2@h/d?tls=off")


@pytest.mark.parametrize(
    ("state", "trouble"),
    [
        ("55P03", SqlTrouble.LOCKED),
        ("40P01", SqlTrouble.LOCKED),
        ("57014", SqlTrouble.SLOW),
        ("57P01", SqlTrouble.AWAY),
        ("53300", SqlTrouble.AWAY),
        ("53100", SqlTrouble.FULL),
        ("42P01", SqlTrouble.NO_TABLES),
        ("42501", SqlTrouble.REFUSED),
        ("28P01", SqlTrouble.REFUSED),
        ("25006", SqlTrouble.READ_ONLY),
        ("XX000", SqlTrouble.OTHER),
    ],
)
def test_states_of_postgresql(state: str, trouble: SqlTrouble) -> None:
    error = psycopg.Error("no\nluck")
    error.sqlstate = state
    found = sql_error(POSTGRES, error)
    assert found.trouble is trouble
    assert str(found) == f"database 'd' of user 'u' at h:5432: {trouble.value} (no luck)"


@pytest.mark.parametrize(
    ("number", "trouble"),
    [
        (1205, SqlTrouble.LOCKED),
        (1213, SqlTrouble.LOCKED),
        (1969, SqlTrouble.SLOW),
        (2013, SqlTrouble.AWAY),
        (1040, SqlTrouble.AWAY),
        (1021, SqlTrouble.FULL),
        (1146, SqlTrouble.NO_TABLES),
        (1049, SqlTrouble.NO_DATABASE),
        (1045, SqlTrouble.REFUSED),
        (1290, SqlTrouble.READ_ONLY),
        (1064, SqlTrouble.OTHER),
    ],
)
def test_numbers_of_mariadb(number: int, trouble: SqlTrouble) -> None:
    found = sql_error(MARIADB, pymysql.err.OperationalError(number, "no\nluck"))
    assert found.trouble is trouble
    assert str(found) == f"database 'd' of user 'u' at h:3306: {trouble.value} (no luck)"


def test_values_that_no_column_holds() -> None:
    assert isinstance(sql_error(POSTGRES, psycopg.errors.StringDataRightTruncation("long")), RowError)
    assert isinstance(sql_error(POSTGRES, psycopg.DataError("text fields cannot contain NUL bytes")), RowError)
    assert isinstance(sql_error(MARIADB, pymysql.err.DataError(1406, "long")), RowError)


def test_the_system_and_a_server_that_hangs() -> None:
    assert sql_error(MARIADB, ConnectionRefusedError(111, "Connection refused")).trouble is SqlTrouble.AWAY
    assert sql_error(MARIADB, TimeoutError("timed out")).trouble is SqlTrouble.SLOW
    assert sql_error(MARIADB, RuntimeError("'cryptography' package is required")).trouble is SqlTrouble.REFUSED
    assert sql_error(POSTGRES, psycopg.OperationalError("the connection is lost"), hung=True).trouble is SqlTrouble.SLOW


def test_a_servers_own_words_are_bounded_and_printable() -> None:
    found = str(sql_error(MARIADB, pymysql.err.OperationalError(1064, "x\x1b[31m" * 1000)))
    assert len(found) < MOST * 3
    assert "\x1b" not in found
