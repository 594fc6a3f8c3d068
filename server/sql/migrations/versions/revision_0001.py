"""The first tables.

What was released is never changed: this file says by itself what the tables were, whatever metadata.py says today.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.mysql import MEDIUMBLOB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

OPTIONS: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_0900_bin",
    "mariadb_engine": "InnoDB",
    "mariadb_charset": "utf8mb4",
    "mariadb_collate": "utf8mb4_nopad_bin",
}
TABLES = (
    "book_sample",
    "book_chunk",
    "venue_status",
    "open_interest",
    "metric",
    "candle",
    "trade_gap",
    "trade",
    "market",
    "meta",
)


def upgrade() -> None:
    """Makes the tables."""
    _create(
        "meta",
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("value", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    _create(
        "market",
        _number("market_id"),
        *(sa.Column(name, sa.String(100), nullable=False) for name in ("venue", "symbol", "base", "quote")),
        *_columns("price_exp qty_exp", sa.SmallInteger()),
        sa.UniqueConstraint("venue", "base", "quote", "symbol", "price_exp", "qty_exp", name="market_key"),
    )
    _create(
        "trade",
        *_columns("market_id time_ns trade_key", sa.BigInteger()),
        sa.Column("trade_id", sa.String(255)),
        *_columns("side", sa.SmallInteger()),
        *_columns("price qty received_ns", sa.BigInteger()),
        sa.PrimaryKeyConstraint("market_id", "time_ns", "trade_key"),
        sa.Index("trade_received", "market_id", "received_ns"),
    )
    _create(
        "trade_gap",
        *_columns("market_id received_ns", sa.BigInteger()),
        sa.Column("after_id", sa.String(255), nullable=False),
        sa.Column("before_id", sa.String(255), nullable=False),
        *_columns("missing", sa.BigInteger()),
        sa.PrimaryKeyConstraint("market_id", "received_ns", "after_id", "before_id"),
    )
    _candle()
    _create(
        "metric",
        *_columns("market_id time_ns", sa.BigInteger()),
        *_columns("bid bid_qty ask ask_qty", sa.BigInteger(), True),
        *_columns("vwap_price avg_30s", _decimal(), True),
        *_columns("coverage_30s_ppm", sa.Integer()),
        *_columns("avg_60s", _decimal(), True),
        *_columns("coverage_60s_ppm", sa.Integer()),
        sa.PrimaryKeyConstraint("market_id", "time_ns"),
    )
    _create(
        "open_interest",
        *_columns("market_id time_ns", sa.BigInteger()),
        *_columns("value", _decimal()),
        *_columns("received_ns", sa.BigInteger()),
        sa.PrimaryKeyConstraint("market_id", "time_ns"),
    )
    _create(
        "venue_status",
        *_columns("market_id time_ns", sa.BigInteger()),
        *_columns("state", sa.SmallInteger()),
        sa.Column("detail", sa.String(700), nullable=False),
        sa.PrimaryKeyConstraint("market_id", "time_ns", "state", "detail"),
    )
    _books()


def downgrade() -> None:
    """Removes the tables, with all rows."""
    for name in TABLES:
        op.drop_table(name)


def _candle() -> None:
    _create(
        "candle",
        *_columns("market_id", sa.BigInteger()),
        sa.Column("interval", sa.String(8), nullable=False),
        *_columns("open_ns close_ns", sa.BigInteger()),
        *_columns("open high low close", sa.BigInteger(), True),
        *_columns("volume quote_volume", _decimal(), True),
        *_columns("trades", sa.BigInteger(), True),
        *_columns("state source", sa.SmallInteger()),
        *_columns("revision", sa.BigInteger()),
        *_columns("open_interest", _decimal(), True),
        *_columns("compared_ns", sa.BigInteger(), True),
        *_columns("open_diff high_diff low_diff close_diff volume_diff quote_volume_diff", _decimal(), True),
        *_columns("alarm", sa.SmallInteger(), True),
        sa.PrimaryKeyConstraint("market_id", "interval", "open_ns"),
    )


def _books() -> None:
    _create(
        "book_chunk",
        _number("chunk_id"),
        *_columns("market_id first_ns first_sequence last_ns", sa.BigInteger()),
        *_columns("books", sa.Integer()),
        *_columns("codec", sa.SmallInteger()),
        *_columns("length", sa.Integer()),
        *_columns("data", sa.LargeBinary().with_variant(MEDIUMBLOB(), "mysql", "mariadb")),
        sa.UniqueConstraint("market_id", "first_ns", "first_sequence", name="book_chunk_key"),
    )
    _create(
        "book_sample",
        _number("sample_id"),
        *_columns("market_id time_ns", sa.BigInteger()),
        *_columns("bids asks", sa.Text()),
        sa.UniqueConstraint("market_id", "time_ns", name="book_sample_key"),
    )


def _create(name: str, *items: Any) -> None:
    """MariaDB undoes nothing: what a broken attempt has made is left as it is by the next one."""
    if not sa.inspect(op.get_bind()).has_table(name):
        op.create_table(name, *items, **OPTIONS)


def _columns(names: str, kind: Any, optional: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=optional, autoincrement=False) for name in names.split()]


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), primary_key=True, autoincrement=True)


def _decimal() -> Any:
    return sa.Numeric().with_variant(sa.String(128), "mysql", "mariadb")
