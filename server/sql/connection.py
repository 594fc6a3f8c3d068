"""One connection to a database on a server. No call waits longer than it was told to, whatever the server does."""

from __future__ import annotations

import os
import re
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from ..history.rows import Values
from ..history.schema import Kind
from . import bulk
from .address import Address, Dialect, driver_options
from .errors import SqlError, SqlTrouble
from .failures import sql_error
from .packages import require

T = TypeVar("T")
OLDEST = {"PostgreSQL": (13,), "MariaDB": (10, 6), "MySQL": (8, 0, 17)}
"""The oldest server of each kind that is known to have all that is used."""


class Connection:
    """A connection of either dialect, without automatic commits. After an error it is to be closed."""

    def __init__(self, address: Address, patience: float) -> None:
        """Connects, and checks the server's version. No call waits longer than `patience` seconds, whatever the server
        does; this one may take that long twice. Raises SqlError."""
        require(address.dialect.value)
        self.address, self.patience = address, patience
        self.hung = False
        """The connection was ended as an answer did not come in time."""
        self._watching = False
        self._end: socket.socket | None = None
        """Another descriptor of the driver's socket, by which the connection is ended under the driver."""
        self.driver = self._of_postgres() if address.dialect is Dialect.POSTGRES else self._of_mariadb()
        try:
            self.server = self.bounded(self._prepared)
            """The kind of the server: PostgreSQL, MariaDB or MySQL."""
        except SqlError:
            self.close()
            raise

    def execute(self, statement: str, values: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
        """The rows of a statement. Raises SqlError."""

        def run() -> list[tuple[Any, ...]]:
            with self.driver.cursor() as cursor:
                cursor.execute(statement, values)
                return [tuple(row) for row in cursor.fetchall()] if cursor.description else []

        return self.bounded(run)

    def stage(self) -> None:
        """Makes what insert() needs for this session. Raises SqlError."""
        if self.address.dialect is Dialect.POSTGRES:
            for kind in Kind:
                self.execute(bulk.stage(kind))
            self.commit()

    def insert(self, kind: Kind, rows: Sequence[Values]) -> None:
        """Writes rows of one kind, one per key, each with its market_id first; once per kind and transaction. Raises
        SqlError."""
        self.bounded(lambda: self._insert(kind, rows))

    def commit(self) -> None:
        """What was written is on the server's disk when this returns. Raises SqlError: it may be there all the same."""
        self.bounded(self.driver.commit)

    def rollback(self) -> None:
        """Takes back what was not committed. Raises SqlError."""
        self.bounded(self.driver.rollback)

    def close(self) -> None:
        """Ends the connection without waiting for the server."""
        if self._end is not None:
            self._end.close()
        with suppress(Exception):  # The other end may be gone: there is nothing left to be done with it.
            self.driver.close()

    def bounded(self, work: Callable[[], T]) -> T:
        """The result of work with this connection, which ends within `patience` seconds in all. Raises SqlError."""
        try:
            with self._watched():
                return work()
        except _driver_errors(self.address.dialect) as error:
            raise sql_error(self.address, error, self.hung) from error

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Ends the connection if the work takes too long. Work within work has the time that is left."""
        if self._watching:
            yield
            return
        watch = threading.Timer(self.patience, self._hang_up)
        watch.daemon = True
        self._watching = True
        watch.start()
        try:
            yield
        finally:
            watch.cancel()
            self._watching = False

    def _hang_up(self) -> None:
        """Wakes whoever waits for the server."""
        self.hung = True
        if self._end is not None:
            with suppress(OSError):  # The server may have ended it meanwhile.
                self._end.shutdown(socket.SHUT_RDWR)

    # -- by dialect ------------------------------------------------------------------------------------------------

    def _of_postgres(self) -> Any:
        import psycopg

        try:
            driver = psycopg.connect(**driver_options(self.address, self.patience))
        except (psycopg.Error, OSError) as error:
            raise sql_error(self.address, error) from error
        self._end = socket.socket(fileno=os.dup(driver.fileno()))
        return driver

    def _of_mariadb(self) -> Any:
        import pymysql

        options = driver_options(self.address, self.patience)
        driver = pymysql.connect(**options, defer_connect=True)
        try:
            plain = _connected(self.address, self.patience)
        except OSError as error:
            raise sql_error(self.address, error) from error
        self._end = plain.dup()
        try:
            self.bounded(lambda: driver.connect(plain))
        except SqlError:
            plain.close()
            self._end.close()
            raise
        return driver

    def _prepared(self) -> str:
        """Checks the server and sets the session up; the kind of the server. The server gives up before we do, so that
        the connection survives."""
        kind = self._kind()
        lock, statement = max(1, int(self.patience / 2)), self.patience * 0.8
        for setting in _SETTINGS[kind]:
            self.execute(setting.format(lock=lock, statement=statement, milliseconds=int(statement * 1000)))
        self.commit()
        return kind

    def _kind(self) -> str:
        """The kind of the server. Raises SqlError if it is too old."""
        if self.address.dialect is Dialect.POSTGRES:
            (words,) = self.execute("show server_version")[0]
            kind = "PostgreSQL"
        else:
            (words,) = self.execute("select version()")[0]
            kind = "MariaDB" if "mariadb" in words.lower() else "MySQL"
        if _version(words) < OLDEST[kind]:
            oldest = ".".join(map(str, OLDEST[kind]))
            raise SqlError(
                f"{self.address}: {SqlTrouble.OLD_SERVER.value} ({kind} {words:.40}; onebook needs {oldest} or newer)",
                SqlTrouble.OLD_SERVER,
            )
        return kind

    def _insert(self, kind: Kind, rows: Sequence[Values]) -> None:
        with self.driver.cursor() as cursor:
            if self.address.dialect is Dialect.MARIADB:
                cursor.executemany(bulk.upsert(kind), rows)
                return
            with cursor.copy(bulk.copy(kind)) as copy:
                for row in rows:
                    copy.write_row(row)
            cursor.execute(bulk.merge(kind))


_SETTINGS = {
    "PostgreSQL": (
        "set lock_timeout = '{lock}s'",
        "set statement_timeout = {milliseconds}",
        "set idle_in_transaction_session_timeout = '60s'",
        "set timezone = 'UTC'",
    ),
    "MariaDB": (
        "set session sql_mode = 'STRICT_ALL_TABLES', time_zone = '+00:00', innodb_lock_wait_timeout = {lock},"
        " lock_wait_timeout = {lock}, max_statement_time = {statement}",
        "set session transaction isolation level read committed",
    ),
    "MySQL": (
        "set session sql_mode = 'STRICT_ALL_TABLES', time_zone = '+00:00', innodb_lock_wait_timeout = {lock},"
        " lock_wait_timeout = {lock}",
        "set session transaction isolation level read committed",
    ),
}


def _connected(address: Address, patience: float) -> socket.socket:
    """A connection to the server, without a limit of time: it is ended from outside."""
    if address.socket:
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            made.settimeout(patience)
            made.connect(address.socket)
        except OSError:
            made.close()
            raise
    else:
        made = socket.create_connection((address.host, address.port), patience)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    made.settimeout(None)
    return made


def _version(words: str) -> tuple[int, ...]:
    """The numbers of a version, such as 10.11.19-MariaDB-0+deb12u1."""
    found = re.search(r"\d+(\.\d+)*", words.removeprefix("5.5.5-"))
    return tuple(map(int, found[0].split("."))) if found else ()


def _driver_errors(dialect: Dialect) -> tuple[type[Exception], ...]:
    """What a driver raises: its own errors, and those of the system."""
    if dialect is Dialect.POSTGRES:
        import psycopg

        return psycopg.Error, OSError
    import pymysql

    return pymysql.err.Error, OSError, RuntimeError
