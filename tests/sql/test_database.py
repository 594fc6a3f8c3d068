"""Rows of one database: markets keep their numbers, and a row that no server holds costs no other row."""

from __future__ import annotations

import pytest

from server.history.book_chunk import packed
from server.history.markets import Market
from server.history.schema import Kind
from server.sql.address import Address, parse
from server.sql.connection import Connection
from server.sql.database import Database
from server.sql.errors import SqlError, SqlTrouble
from tests.history.samples import BTC, FINER, PEPE, book, candle, trade

from .servers import Server

PATIENCE = 30.0


def entries(*rows: object) -> list[tuple[Market, tuple[object, ...]]]:
    return [(row.market, row.values()) for row in rows]  # type: ignore[attr-defined]


def test_markets_keep_their_numbers_over_writers(server: Server, address: Address, database: str) -> None:
    first, second = Database(address, PATIENCE), Database(address, PATIENCE)
    first.write(Kind.TRADE, entries(trade(1, BTC), trade(2, PEPE)))
    second.write(Kind.TRADE, entries(trade(3, PEPE), trade(4, FINER), trade(5, BTC)))
    first.write(Kind.TRADE, entries(trade(6, FINER)))
    first.close()
    second.close()
    again = Database(address, PATIENCE)
    again.write(Kind.TRADE, entries(trade(7, BTC), trade(1, BTC)))
    again.close()
    found = server.execute(
        "select m.base, m.price_exp, t.trade_key from trade t join market m on m.market_id = t.market_id"
        " order by t.trade_key",
        database,
    )
    assert [tuple(row) for row in found] == [
        ("BTC", -2, 1), ("PEPE", -12, 2), ("PEPE", -12, 3), ("BTC", -6, 4), ("BTC", -2, 5), ("BTC", -6, 6),
        ("BTC", -2, 7),
    ]  # fmt: skip
    assert [row[0] for row in server.execute("select count(*) from market", database)] == [3]


def test_the_number_of_a_market_whose_rows_were_refused_is_not_kept(address: Address) -> None:
    made = Database(address, PATIENCE)
    bad = (BTC, (*trade(1).values()[:3], 1 << 40, *trade(1).values()[4:]))
    assert len(made.write(Kind.TRADE, [bad])) == 1
    assert made.write(Kind.TRADE, entries(trade(2))) == []
    made.close()
    connection = Connection(address, PATIENCE)
    assert connection.execute("select trade_key from trade join market using(market_id)") == [(2,)]
    connection.close()


def test_a_row_that_no_server_holds_costs_no_other_row(server: Server, address: Address, database: str) -> None:
    rows = entries(*map(trade, range(40)))
    for at in (0, 17, 39):
        market, values = rows[at]
        rows[at] = (market, (*values[:3], 1 << 40, *values[4:]))
    made = Database(address, PATIENCE)
    assert len(made.write(Kind.TRADE, rows)) == 3
    made.close()
    found = [row[0] for row in server.execute("select trade_key from trade order by 1", database)]
    assert found == [number for number in range(40) if number not in (0, 17, 39)]


def test_without_tables_nothing_is_written(server: Server, empty: str) -> None:
    made = Database(parse(server.address(empty)), PATIENCE)
    with pytest.raises(SqlError, match="onebook sql init") as caught:
        made.write(Kind.TRADE, entries(trade(1)))
    assert caught.value.trouble is SqlTrouble.NO_TABLES
    made.close()


def test_it_connects_again_after_the_server_was_away(server: Server, address: Address, database: str) -> None:
    made = Database(address, PATIENCE)
    made.write(Kind.TRADE, entries(trade(1)))
    server.kill()
    with pytest.raises(SqlError) as caught:
        made.write(Kind.TRADE, entries(trade(2)))
    assert caught.value.trouble is SqlTrouble.AWAY
    server.start()
    made.write(Kind.TRADE, entries(trade(2)))
    made.close()
    assert [row[0] for row in server.execute("select trade_key from trade order by 1", database)] == [1, 2]


def test_a_writer_needs_no_more_rights_than_the_document_says(server: Server, database: str) -> None:
    user = f"writer_{database}"
    if server.scheme == "postgresql":
        server.execute(f"create user {user} password 'pw'")
        server.execute(f"grant select, insert, update on all tables in schema public to {user}", database)
        server.execute(f"grant usage on all sequences in schema public to {user}", database)
    else:
        server.execute(f"create user {user}@'%' identified by 'pw'")
        server.execute(f"grant select, insert, update on {database}.* to {user}@'%'")
    made = Database(parse(server.address(database, user=user, password="pw")), PATIENCE)
    chunk = packed([book(1)])
    for kind, row in ((Kind.TRADE, trade(1)), (Kind.CANDLE, candle()), (Kind.CHUNK, chunk)):
        for _ in range(2):
            assert made.write(kind, [(row.market, row.values())]) == []
    made.close()
