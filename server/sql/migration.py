"""Makes the tables and views of a database, and brings them up to date, by Alembic."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .address import Address, Dialect
from .connection import Connection
from .errors import SqlError, SqlTrouble
from .failures import sql_error
from .revision import REVISION, VERSION_TABLE, check_revision, revision_of
from .views import MADE, WORDS, views

FOLDER = Path(__file__).parent / "migrations"
PATIENCE = 60.0
"""Seconds that the server has for each statement: a table of millions of rows may change."""
_LOCK = 0x6F6E6568
"""The number of the lock, for PostgreSQL."""


def init(address: Address) -> bool:
    """Makes the tables and views; whether there were none. Raises SqlError."""
    with _opened(address) as connection:
        _lock(connection)
        if revision_of(connection) is not None:
            check_revision(connection)
            if _complete(connection):
                return False
        _migrate(connection, REVISION)
        return True


def upgrade(address: Address) -> tuple[str, str]:
    """Brings the tables and views up to date; the revisions before and after. Raises SqlError."""
    with _opened(address) as connection:
        _lock(connection)
        found = revision_of(connection)
        if found is None or found > REVISION:
            check_revision(connection)
        assert found is not None
        _migrate(connection, REVISION)
        return found, REVISION


def check(address: Address, patience: float = PATIENCE) -> str:
    """What the database is, in words. Raises SqlError if rows could not be written now: the server is away or too old,
    or the tables are not those of this onebook."""
    with _opened(address, patience) as connection:
        check_revision(connection)
        if not _complete(connection):
            words = (
                f"{address}: {SqlTrouble.NO_TABLES.value} (an attempt to make them was broken off: onebook sql init)"
            )
            raise SqlError(words, SqlTrouble.NO_TABLES)
        (words,) = connection.execute("select version()")[0]
        return f"{address}: {connection.server}, revision {REVISION} ({words:.60})"


@contextmanager
def _opened(address: Address, patience: float = PATIENCE) -> Iterator[Connection]:
    connection = Connection(address, patience)
    try:
        yield connection
    finally:
        connection.close()


def _migrate(connection: Connection, target: str) -> None:
    """All of it, or nothing, on PostgreSQL; on other servers each statement stands alone, and what is there already is
    left by the next attempt. Raises SqlError."""
    from sqlalchemy.exc import DBAPIError

    try:
        with sqlalchemy_connection(connection) as session:
            drop_views(connection)
            run_alembic(session, target)
            _make_views(connection)
            _describe(connection)
    except DBAPIError as error:
        raise sql_error(connection.address, error.orig or error, connection.hung) from error


def drop_views(connection: Connection) -> None:
    """Removes the views, which would keep tables from being changed. Raises SqlError."""
    for name in reversed(MADE):
        for spelled in reversed(_spellings(connection.address.dialect, name)):
            connection.execute(f"drop view if exists {spelled}")


def _make_views(connection: Connection) -> None:
    for name, query in views(connection.address.dialect).items():
        connection.execute(f"create view {name} as {query}")
        for alias in _spellings(connection.address.dialect, name)[1:]:
            connection.execute(f"create view {alias} as select * from {name}")


def _spellings(dialect: Dialect, name: str) -> list[str]:
    """The names of a view. A query of PostgreSQL writes OrderBook or "OrderBook", which are two names there."""
    folds = WORDS[dialect].folds_names and name != name.lower()
    return [name, f'"{name}"'] if folds else [name]


def _lock(connection: Connection) -> None:
    """Waits for another process that makes the tables; the lock ends with the connection. Raises SqlError."""
    if connection.address.dialect is Dialect.POSTGRES:
        connection.execute(f"select pg_advisory_lock({_LOCK})")
    elif connection.execute(f"select get_lock('onebook_schema', {int(connection.patience / 2)})") != [(1,)]:
        words = f"{connection.address}: {SqlTrouble.LOCKED.value} (another process makes the tables)"
        raise SqlError(words, SqlTrouble.LOCKED)


def _complete(connection: Connection) -> bool:
    """Whether all was made: this row is written last."""
    return bool(connection.execute("select name from meta where name = 'created_ns'"))


def _describe(connection: Connection) -> None:
    """Fills the table meta of new tables."""
    if not _complete(connection):
        connection.execute("insert into meta(name, value) values ('created_ns', %s)", (str(time.time_ns()),))


def run_alembic(session: Any, target: str) -> None:
    """Brings the tables to a revision, on a connection of SQLAlchemy's."""
    from alembic import command

    command.upgrade(alembic_settings(session), target)


def alembic_settings(session: Any) -> Any:
    """What a command of Alembic needs to work on this connection of SQLAlchemy's."""
    from alembic.config import Config

    from .metadata import metadata

    settings = Config()
    # % begins a variable there.
    settings.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    settings.attributes.update(connection=session, metadata=metadata, version_table=VERSION_TABLE)
    return settings


@contextmanager
def sqlalchemy_connection(connection: Connection) -> Iterator[Any]:
    """The same connection as SQLAlchemy's."""
    from sqlalchemy import create_engine
    from sqlalchemy.pool import StaticPool

    scheme = {"PostgreSQL": "postgresql+psycopg", "MariaDB": "mariadb+pymysql", "MySQL": "mysql+pymysql"}
    engine = create_engine(f"{scheme[connection.server]}://", creator=lambda: connection.driver, poolclass=StaticPool)
    # What is done meanwhile, by either, is committed at the end.
    with engine.connect() as session, session.begin():
        yield session
