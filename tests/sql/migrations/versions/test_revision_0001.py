"""The first revision can be taken back, and made again where a part of it is there."""

from __future__ import annotations

from alembic import command

from server.sql.address import parse
from server.sql.connection import Connection
from server.sql.metadata import metadata
from server.sql.migration import alembic_settings, drop_views, init, sqlalchemy_connection
from server.sql.migrations.versions.revision_0001 import TABLES


def test_it_makes_all_tables() -> None:
    assert set(TABLES) == set(metadata.tables)


def test_down_and_up_again(changed: str) -> None:
    address = parse(changed)
    connection = Connection(address, 30.0)
    with sqlalchemy_connection(connection) as session:
        drop_views(connection)
        command.downgrade(alembic_settings(session), "base")
    counted = "select count(*) from information_schema.tables where table_name = 'trade' and table_schema = {}"
    schema = {"PostgreSQL": "'public'", "MariaDB": "database()"}[connection.server]
    assert connection.execute(counted.format(schema)) == [(0,)]
    # As if an attempt had ended in the middle.
    connection.execute("create table meta(name varchar(100) primary key, value varchar(255) not null)")
    connection.commit()
    connection.close()
    assert init(address)
