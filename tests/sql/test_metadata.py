"""The tables are those of a day file, and those that the migrations make."""

from __future__ import annotations

import sqlite3

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import UniqueConstraint

from server.history.schema import TABLES
from server.sql.address import Address
from server.sql.connection import Connection
from server.sql.metadata import metadata
from server.sql.migration import sqlalchemy_connection
from server.sql.revision import VERSION_TABLE


def test_tables_columns_and_keys_are_those_of_a_day_file() -> None:
    database = sqlite3.connect(":memory:")
    database.executescript(TABLES)
    names = {name for (name,) in database.execute("select name from sqlite_master where type = 'table'")}
    assert set(metadata.tables) == names
    for name, table in metadata.tables.items():
        found = database.execute(f"pragma table_info({name})").fetchall()
        assert [column.name for column in table.columns] == [row[1] for row in found]
        keys = [row[1] for row in sorted(found, key=lambda row: row[5]) if row[5]]
        assert [column.name for column in table.primary_key.columns] == keys
        assert {c.name for c in table.columns if not c.nullable} == {row[1] for row in found if row[3] or row[5]}
        uniques = [each for each in table.constraints if isinstance(each, UniqueConstraint)]
        indexes = [row for row in database.execute(f"pragma index_list({name})") if row[3] == "u"]
        assert [[c.name for c in each.columns] for each in uniques] == [
            [row[2] for row in database.execute(f"pragma index_info({index[1]})")] for index in indexes
        ]
        others = [row[1] for row in database.execute(f"pragma index_list({name})") if row[3] == "c"]
        assert {each.name: [c.name for c in each.columns] for each in table.indexes} == {
            index: [row[2] for row in database.execute(f"pragma index_info({index})")] for index in others
        }
    database.close()


def test_alembic_finds_no_difference_to_a_migrated_database(address: Address) -> None:
    connection = Connection(address, 30.0)
    with sqlalchemy_connection(connection) as session:
        options = {"version_table": VERSION_TABLE, "compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(session, opts=options)
        assert compare_metadata(context, metadata) == []
    connection.close()


def test_names_are_equal_only_if_all_bytes_are(address: Address) -> None:
    connection = Connection(address, 30.0)
    for name in ("a", "A", "a ", "ä", "a\u0308"):
        columns = "venue, symbol, base, quote, price_exp, qty_exp"
        connection.execute(f"insert into market({columns}) values (%s, 's', 'b', 'q', 0, 0)", (name,))
    connection.commit()
    assert [tuple(row) for row in connection.execute("select venue from market where venue = 'a'")] == [("a",)]
    connection.close()
