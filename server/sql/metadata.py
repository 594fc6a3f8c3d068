"""The tables on a server, as SQLAlchemy describes them: those of a day file, with the same meaning (docs/history.md).

A migration brings a database to these tables; a test holds the two against each other.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.mysql import MEDIUMBLOB
from sqlalchemy.types import TypeEngine

from .limits import DETAIL, INTERVAL, NAME, TRADE_ID

# Names are equal only if all their bytes are, a space at the end included, as in SQLite.
OPTIONS: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_0900_bin",
    "mariadb_engine": "InnoDB",
    "mariadb_charset": "utf8mb4",
    "mariadb_collate": "utf8mb4_nopad_bin",
}
DECIMAL = 128
"""Characters of a decimal."""

metadata = MetaData()


def decimal() -> TypeEngine[Any]:
    """An exact decimal: NUMERIC without a limit, or its text where a server's decimals end at 65 digits."""
    return Numeric().with_variant(String(DECIMAL), "mysql", "mariadb")


def _table(name: str, *items: Any) -> Table:
    return Table(name, metadata, *items, **OPTIONS)


def _column(name: str, kind: TypeEngine[Any] | type[TypeEngine[Any]], optional: bool = False) -> Column[Any]:
    return Column(name, kind, nullable=optional, autoincrement=False)


def _number(name: str) -> Column[Any]:
    """The number of a row, which the server gives."""
    return Column(name, BigInteger, primary_key=True, autoincrement=True)


def _optional(names: str, kind: type[TypeEngine[Any]] | None = None) -> list[Column[Any]]:
    """Columns that may be null: of this type, or decimals."""
    return [_column(name, decimal() if kind is None else kind, optional=True) for name in names.split()]


meta = _table("meta", Column("name", String(NAME), primary_key=True), _column("value", String(255)))

market = _table(
    "market",
    _number("market_id"),
    _column("venue", String(NAME)),
    _column("symbol", String(NAME)),
    _column("base", String(NAME)),
    _column("quote", String(NAME)),
    _column("price_exp", SmallInteger),
    _column("qty_exp", SmallInteger),
    UniqueConstraint("venue", "base", "quote", "symbol", "price_exp", "qty_exp", name="market_key"),
)

trade = _table(
    "trade",
    _column("market_id", BigInteger),
    _column("time_ns", BigInteger),
    _column("trade_key", BigInteger),
    _column("trade_id", String(TRADE_ID), optional=True),
    _column("side", SmallInteger),
    _column("price", BigInteger),
    _column("qty", BigInteger),
    _column("received_ns", BigInteger),
    PrimaryKeyConstraint("market_id", "time_ns", "trade_key"),
    Index("trade_received", "market_id", "received_ns"),
)

trade_gap = _table(
    "trade_gap",
    _column("market_id", BigInteger),
    _column("received_ns", BigInteger),
    _column("after_id", String(TRADE_ID)),
    _column("before_id", String(TRADE_ID)),
    _column("missing", BigInteger),
    PrimaryKeyConstraint("market_id", "received_ns", "after_id", "before_id"),
)

candle = _table(
    "candle",
    _column("market_id", BigInteger),
    _column("interval", String(INTERVAL)),
    _column("open_ns", BigInteger),
    _column("close_ns", BigInteger),
    *_optional("open high low close", BigInteger),
    *_optional("volume quote_volume"),
    *_optional("trades", BigInteger),
    _column("state", SmallInteger),
    _column("source", SmallInteger),
    _column("revision", BigInteger),
    *_optional("open_interest"),
    *_optional("compared_ns", BigInteger),
    *_optional("open_diff high_diff low_diff close_diff volume_diff quote_volume_diff"),
    *_optional("alarm", SmallInteger),
    PrimaryKeyConstraint("market_id", "interval", "open_ns"),
)

metric = _table(
    "metric",
    _column("market_id", BigInteger),
    _column("time_ns", BigInteger),
    *_optional("bid bid_qty ask ask_qty", BigInteger),
    *_optional("vwap_price avg_30s"),
    _column("coverage_30s_ppm", Integer),
    *_optional("avg_60s"),
    _column("coverage_60s_ppm", Integer),
    PrimaryKeyConstraint("market_id", "time_ns"),
)

open_interest = _table(
    "open_interest",
    _column("market_id", BigInteger),
    _column("time_ns", BigInteger),
    _column("value", decimal()),
    _column("received_ns", BigInteger),
    PrimaryKeyConstraint("market_id", "time_ns"),
)

venue_status = _table(
    "venue_status",
    _column("market_id", BigInteger),
    _column("time_ns", BigInteger),
    _column("state", SmallInteger),
    _column("detail", String(DETAIL)),
    PrimaryKeyConstraint("market_id", "time_ns", "state", "detail"),
)

book_chunk = _table(
    "book_chunk",
    _number("chunk_id"),
    _column("market_id", BigInteger),
    _column("first_ns", BigInteger),
    _column("first_sequence", BigInteger),
    _column("last_ns", BigInteger),
    _column("books", Integer),
    _column("codec", SmallInteger),
    _column("length", Integer),
    # BLOB ends at 64 kB there.
    _column("data", LargeBinary().with_variant(MEDIUMBLOB(), "mysql", "mariadb")),
    UniqueConstraint("market_id", "first_ns", "first_sequence", name="book_chunk_key"),
)

book_sample = _table(
    "book_sample",
    _number("sample_id"),
    _column("market_id", BigInteger),
    _column("time_ns", BigInteger),
    _column("bids", Text),
    _column("asks", Text),
    UniqueConstraint("market_id", "time_ns", name="book_sample_key"),
)
