"""What Alembic runs uses the connection that it is given, and nothing of its own."""

from __future__ import annotations

import importlib

from server.sql.address import Address
from server.sql.connection import Connection
from server.sql.migration import run_alembic, sqlalchemy_connection
from server.sql.revision import REVISION, VERSION_TABLE


def test_it_can_be_imported_like_any_module() -> None:
    assert callable(importlib.import_module("server.sql.migrations.env").run)


def test_a_database_that_is_up_to_date_stays_as_it_is(address: Address) -> None:
    connection = Connection(address, 30.0)
    with sqlalchemy_connection(connection) as session:
        run_alembic(session, REVISION)
    assert connection.execute(f"select version_num from {VERSION_TABLE}") == [(REVISION,)]
    connection.close()
