"""The tables of a day file, and the statements that fill them. docs/history.md says what each column means.

Tables whose rows are small have no rowid: their rows lie in the order of the key, which starts with the market. Large
rows (books) lie in rowid tables, which take them faster.
"""

from __future__ import annotations

from enum import Enum

from . import views

VERSION = 2
"""Goes into `PRAGMA user_version`; a change of tables or of the meaning of a column adds one."""
APPLICATION_ID = 0x6F6E6568
"""Goes into `PRAGMA application_id`, so that `file` and we know whose database a file is: "oneh"."""

TABLES = """
create table meta(name text primary key, value text not null) without rowid;

create table market(
    market_id integer primary key,
    venue text not null,
    symbol text not null,
    base text not null,
    quote text not null,
    price_exp integer not null,
    qty_exp integer not null,
    unique(venue, base, quote, symbol, price_exp, qty_exp)
);

create table trade(
    market_id integer not null, time_ns integer not null, trade_key integer not null,
    trade_id text, side integer not null, price integer not null, qty integer not null, received_ns integer not null,
    primary key(market_id, time_ns, trade_key)
) without rowid;

create index trade_received on trade(market_id, received_ns);

create table trade_gap(
    market_id integer not null, received_ns integer not null, after_id text not null, before_id text not null,
    missing integer not null,
    primary key(market_id, received_ns, after_id, before_id)
) without rowid;

create table candle(
    market_id integer not null, interval text not null, open_ns integer not null,
    close_ns integer not null, open integer, high integer, low integer, close integer,
    volume text, quote_volume text, trades integer,
    state integer not null, source integer not null, revision integer not null, open_interest text,
    compared_ns integer, open_diff text, high_diff text, low_diff text, close_diff text,
    volume_diff text, quote_volume_diff text, alarm integer,
    primary key(market_id, interval, open_ns)
) without rowid;

create table metric(
    market_id integer not null, time_ns integer not null,
    bid integer, bid_qty integer, ask integer, ask_qty integer, vwap_price text,
    avg_30s text, coverage_30s_ppm integer not null, avg_60s text, coverage_60s_ppm integer not null,
    primary key(market_id, time_ns)
) without rowid;

create table open_interest(
    market_id integer not null, time_ns integer not null, value text not null, received_ns integer not null,
    primary key(market_id, time_ns)
) without rowid;

create table venue_status(
    market_id integer not null, time_ns integer not null, state integer not null, detail text not null,
    primary key(market_id, time_ns, state, detail)
) without rowid;

create table book_chunk(
    chunk_id integer primary key,
    market_id integer not null, first_ns integer not null, first_sequence integer not null, last_ns integer not null,
    books integer not null, codec integer not null, length integer not null, data blob not null,
    unique(market_id, first_ns, first_sequence)
);

create table book_sample(
    sample_id integer primary key,
    market_id integer not null, time_ns integer not null, bids text not null, asks text not null,
    unique(market_id, time_ns)
);
"""


class Kind(Enum):
    """The kinds of rows; the value is the table's name."""

    TRADE = "trade"
    TRADE_GAP = "trade_gap"
    CANDLE = "candle"
    METRIC = "metric"
    OPEN_INTEREST = "open_interest"
    STATUS = "venue_status"
    CHUNK = "book_chunk"
    SAMPLE = "book_sample"


COLUMNS = {
    Kind.TRADE: "time_ns, trade_key, trade_id, side, price, qty, received_ns",
    Kind.TRADE_GAP: "received_ns, after_id, before_id, missing",
    Kind.CANDLE: "interval, open_ns, close_ns, open, high, low, close, volume, quote_volume, trades, state, source,"
    " revision, open_interest, compared_ns, open_diff, high_diff, low_diff, close_diff, volume_diff, quote_volume_diff,"
    " alarm",
    Kind.METRIC: "time_ns, bid, bid_qty, ask, ask_qty, vwap_price, avg_30s, coverage_30s_ppm, avg_60s,"
    " coverage_60s_ppm",
    Kind.OPEN_INTEREST: "time_ns, value, received_ns",
    Kind.STATUS: "time_ns, state, detail",
    Kind.CHUNK: "first_ns, first_sequence, last_ns, books, codec, length, data",
    Kind.SAMPLE: "time_ns, bids, asks",
}
"""The columns of each table behind its market_id, in the order of a row's values()."""

_RANK = "(excluded.revision, excluded.state = 2, ifnull(excluded.compared_ns, 0))"
_STORED_RANK = "(candle.revision, candle.state = 2, ifnull(candle.compared_ns, 0))"
_CONFLICTS = {
    # The first copy of a trade stays, with its time of receipt.
    Kind.TRADE: ("market_id, time_ns, trade_key", ""),
    Kind.TRADE_GAP: ("market_id, received_ns, after_id, before_id", ""),
    Kind.CANDLE: ("market_id, interval, open_ns", f"{_RANK} >= {_STORED_RANK}"),
    Kind.METRIC: ("market_id, time_ns", "true"),
    Kind.OPEN_INTEREST: ("market_id, time_ns", "excluded.received_ns >= open_interest.received_ns"),
    Kind.STATUS: ("market_id, time_ns, state, detail", ""),
    # A chunk that was written again may have been cut elsewhere: the longer one has the books of the other.
    Kind.CHUNK: ("market_id, first_ns, first_sequence", "excluded.books >= book_chunk.books"),
    Kind.SAMPLE: ("market_id, time_ns", ""),
}
"""The key of each table, and when a row replaces the stored one; "": never."""


def insert_statement(kind: Kind) -> str:
    """Writes one row of this kind: market_id, then the columns. The same row twice is one row."""
    columns = COLUMNS[kind]
    marks = ", ".join("?" * (columns.count(",") + 2))
    key, replaced = _CONFLICTS[kind]
    action = "nothing"
    if replaced:
        changes = ", ".join(f"{name} = excluded.{name}" for name in columns.split(", ") if name not in key.split(", "))
        action = f"update set {changes} where {replaced}"
    return f"insert into {kind.value}(market_id, {columns}) values({marks}) on conflict({key}) do {action}"


INSERT = {kind: insert_statement(kind) for kind in Kind}

MIGRATIONS: dict[int, str] = {
    1: "create index trade_received on trade(market_id, received_ns);"
    " create table trade_gap(market_id integer not null, received_ns integer not null, after_id text not null,"
    " before_id text not null, missing integer not null, primary key(market_id, received_ns, after_id, before_id))"
    f" without rowid; {views.TRADE_GAPS}",
}
"""The statements that bring a file of this schema to the next one."""
