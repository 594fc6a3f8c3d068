"""Errors are one line, and never have the credentials of an address."""

from __future__ import annotations

from server.errors import OnebookError
from server.sql.errors import RowError, SqlError, SqlTrouble


def test_credentials_are_hidden() -> None:
    error = SqlError("at postgresql://u:hunter2@h/d", SqlTrouble.AWAY)
    assert "hunter2" not in str(error)
    assert error.trouble is SqlTrouble.AWAY


def test_all_are_errors_of_onebook() -> None:
    assert issubclass(RowError, SqlError)
    assert issubclass(SqlError, OnebookError)
    assert RowError("no").trouble is SqlTrouble.OTHER
