"""Which revision the tables of a database have, and whether this onebook can use them."""

from __future__ import annotations

from .connection import Connection
from .errors import SqlError, SqlTrouble

REVISION = "0001"
"""The newest migration (server/sql/migrations/versions), and the revision of metadata.py."""
VERSION_TABLE = "onebook_schema"
"""Where Alembic keeps the revision of a database."""


def revision_of(connection: Connection) -> str | None:
    """The revision of the database's tables; None without tables. Raises SqlError."""
    try:
        rows = connection.execute(f"select version_num from {VERSION_TABLE}")
    except SqlError as error:
        if error.trouble is not SqlTrouble.NO_TABLES:
            raise
        connection.rollback()
        return None
    connection.commit()
    return str(rows[0][0]) if rows else None


def check_revision(connection: Connection) -> None:
    """Raises SqlError if the tables are not those of this onebook."""
    found = revision_of(connection)
    if found is None:
        raise _error(connection, SqlTrouble.NO_TABLES, "make them by: onebook sql init")
    if found < REVISION:
        raise _error(
            connection, SqlTrouble.OLD_TABLES, f"revision {found:.20}; bring them up to date by: onebook sql upgrade"
        )
    if found > REVISION:
        raise _error(connection, SqlTrouble.NEW_TABLES, f"revision {found:.20}, this version knows {REVISION}")


def _error(connection: Connection, trouble: SqlTrouble, more: str) -> SqlError:
    return SqlError(f"{connection.address}: {trouble.value} ({more})", trouble)
