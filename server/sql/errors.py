"""The errors of databases on a server."""

from __future__ import annotations

from enum import Enum

from ..errors import OnebookError


class SqlTrouble(Enum):
    """Why rows cannot be written to the server."""

    AWAY = "the server is away"
    SLOW = "the server did not answer in time"
    REFUSED = "the server refuses the user"
    NO_DATABASE = "there is no such database"
    OLD_SERVER = "the server is too old"
    NO_TABLES = "the database has no tables of onebook"
    OLD_TABLES = "the tables are of an older onebook"
    NEW_TABLES = "the tables are of a newer onebook"
    LOCKED = "another transaction holds a lock"
    FULL = "the server's disk is full"
    READ_ONLY = "the server or the database is read-only"
    SPILL = "rows cannot be kept on this machine's disk"
    SETTINGS = "the address cannot work"
    OTHER = "the server refuses to do it"


class SqlError(OnebookError):
    """The database cannot be used. The message is one line for people, and never has a password."""

    def __init__(self, message: str, trouble: SqlTrouble = SqlTrouble.OTHER) -> None:
        super().__init__(message)
        self.trouble = trouble


class RowError(SqlError):
    """The server cannot hold a value of the rows that it was given: none of them was written."""
