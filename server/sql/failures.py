"""What a driver raises, as an error of ours: what it means for the rows, in one line without a password."""

from __future__ import annotations

from collections.abc import Mapping

from ..printable import printable
from .address import Address, Dialect
from .errors import RowError, SqlError, SqlTrouble

MOST = 300
"""Characters of a server's own words."""

# https://www.postgresql.org/docs/current/errcodes-appendix.html; a class is the first two characters.
_POSTGRES = {
    "55P03": SqlTrouble.LOCKED,
    "40P01": SqlTrouble.LOCKED,
    "57014": SqlTrouble.SLOW,
    "53100": SqlTrouble.FULL,
    "42P01": SqlTrouble.NO_TABLES,
    "25006": SqlTrouble.READ_ONLY,
    "3D000": SqlTrouble.NO_DATABASE,
    "28": SqlTrouble.REFUSED,
    "42501": SqlTrouble.REFUSED,
    "08": SqlTrouble.AWAY,
    "57": SqlTrouble.AWAY,
    "53": SqlTrouble.AWAY,
}
# A refused connection has no code in libpq, only words.
_WORDS = {
    "timeout expired": SqlTrouble.SLOW,
    "authentication failed": SqlTrouble.REFUSED,
    "no password supplied": SqlTrouble.REFUSED,
    "no pg_hba.conf entry": SqlTrouble.REFUSED,
    "database": SqlTrouble.NO_DATABASE,
}
# https://mariadb.com/docs/server/reference/error-codes
_MARIADB = {
    1044: SqlTrouble.REFUSED,
    1045: SqlTrouble.REFUSED,
    1142: SqlTrouble.REFUSED,
    1698: SqlTrouble.REFUSED,
    1049: SqlTrouble.NO_DATABASE,
    1146: SqlTrouble.NO_TABLES,
    1205: SqlTrouble.LOCKED,
    1213: SqlTrouble.LOCKED,
    1969: SqlTrouble.SLOW,
    3024: SqlTrouble.SLOW,
    1021: SqlTrouble.FULL,
    1114: SqlTrouble.FULL,
    1290: SqlTrouble.READ_ONLY,
    1792: SqlTrouble.READ_ONLY,
    1040: SqlTrouble.AWAY,
    1053: SqlTrouble.AWAY,
    1927: SqlTrouble.AWAY,
    2002: SqlTrouble.AWAY,
    2003: SqlTrouble.AWAY,
    2006: SqlTrouble.AWAY,
    2013: SqlTrouble.AWAY,
}
_MARIADB_ROWS = {1048, 1264, 1265, 1292, 1366, 1406, 1062, 1452, 3140}
"""A value that a column does not hold."""


def sql_error(address: Address, error: Exception, hung: bool = False) -> SqlError:
    """The error of ours for one of a driver's. `hung`: we have ended the connection as no answer came."""
    words = printable(" ".join(_message(error).split()), MOST)
    if hung:
        return SqlError(f"{address}: {SqlTrouble.SLOW.value}", SqlTrouble.SLOW)
    if _is_of_row(address.dialect, error):
        return RowError(f"{address}: {words}")
    trouble = _trouble(address.dialect, error, words)
    return SqlError(f"{address}: {trouble.value} ({words})", trouble)


def _trouble(dialect: Dialect, error: Exception, words: str) -> SqlTrouble:
    if isinstance(error, TimeoutError) or "timed out" in words:
        return SqlTrouble.SLOW
    if isinstance(error, OSError):
        return SqlTrouble.AWAY
    if isinstance(error, RuntimeError):
        return SqlTrouble.REFUSED  # PyMySQL lacks a package that the user's kind of password needs.
    if dialect is Dialect.MARIADB:
        return _MARIADB.get(_number(error), SqlTrouble.OTHER if _number(error) else SqlTrouble.AWAY)
    state = getattr(error, "sqlstate", None)
    if state is None:
        found = _first(_WORDS, words)
        return SqlTrouble.AWAY if found is None else found
    return _POSTGRES.get(state) or _POSTGRES.get(state[:2]) or SqlTrouble.OTHER


def _is_of_row(dialect: Dialect, error: Exception) -> bool:
    if dialect is Dialect.MARIADB:
        return _number(error) in _MARIADB_ROWS
    state = getattr(error, "sqlstate", None)
    # Without a state psycopg itself has refused: text with a NUL, or a number that no type holds.
    return state[:2] in ("22", "23") if state else type(error).__name__ == "DataError"


def _number(error: Exception) -> int:
    first = error.args[0] if error.args else 0
    return first if isinstance(first, int) else 0


def _message(error: Exception) -> str:
    """The server's own words: PyMySQL has them behind a number."""
    return str(error.args[1] if len(error.args) > 1 and _number(error) else error)


def _first(table: Mapping[str, SqlTrouble], words: str) -> SqlTrouble | None:
    return next((trouble for part, trouble in table.items() if part in words), None)
