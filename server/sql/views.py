"""The views of a database on a server: exact decimals, and the tables of older systems with their names and types.

They show what the views of a day file show (server/history/views.py). They hold nothing, and are made anew by each
upgrade. What a day file shows as text is a number or a time here, wherever the server has an exact one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ..history.views import CANDLE_STATES, SIDES, SOURCES, STATES
from .address import Dialect

MADE = [
    "v_trade",
    "v_trade_gap",
    "v_ohlc",
    "v_metric",
    "v_open_interest",
    "v_venue_status",
    "v_bid",
    "v_ask",
    "trades",
    "ohlc",
    "OrderBook",
    "Bids",
    "Asks",
    "AdditionalStats",
    "AveragePrice",
]
"""In the order in which they are made: some read earlier ones."""


class Levels(NamedTuple):
    """How the levels of a sample are read."""

    source: str
    """What is joined to book_sample x: one row per level."""
    level: str
    """The number of a level, 0 for the best; and its mantissas."""
    price: str
    quantity: str


class Words:
    """What the two languages say differently: PostgreSQL here."""

    folds_names = True
    """Names without quotes are lower case: OrderBook is orderbook."""
    pair = "m.base || '/' || m.quote"
    interval = "x.interval"
    nothing = "null::boolean"

    def decimal(self, value: str, exponent: str) -> str:
        """value x 10**exponent, exactly."""
        return f"({value} * ('1e' || {exponent})::numeric)"

    def text(self, value: str) -> str:
        """The text of an integer."""
        return f"({value})::text"

    def real(self, value: str) -> str:
        """A double."""
        return f"({value})::double precision"

    def stamp(self, time: str) -> str:
        """A time of nanoseconds as a timestamp of UTC with microseconds, cut off."""
        seconds = f"({time}) / 1000000000 * interval '1 second'"
        return f"(timestamp '1970-01-01' + {seconds} + ({time}) % 1000000000 / 1000 * interval '1 microsecond')"

    def iso(self, time: str) -> str:
        """A time of nanoseconds as text of UTC with all of them."""
        seconds = f"timestamp '1970-01-01' + {time} / 1000000000 * interval '1 second'"
        rest = f"lpad(({time} % 1000000000)::text, 9, '0')"
        return f"""to_char({seconds}, 'YYYY-MM-DD"T"HH24:MI:SS') || '.' || {rest} || 'Z'"""

    def seconds(self, nanoseconds: str) -> str:
        """Whole seconds."""
        return f"({nanoseconds}) / 1000000000"

    def levels(self, side: str) -> Levels:
        """The levels of a side of book_sample x."""
        return Levels(
            f"cross join lateral (select string_to_array(trim('[]' from x.{side}), ',')::bigint[] as numbers) a"
            " cross join lateral generate_series(0, coalesce(array_length(a.numbers, 1), 0) / 2 - 1) as l(level)",
            "l.level",
            "a.numbers[2 * l.level + 1]",
            "a.numbers[2 * l.level + 2]",
        )

    def best(self, side: str) -> str:
        """The best price of a side of book_sample s; null without one."""
        return f"(string_to_array(trim('[]' from s.{side}), ',')::bigint[])[1]"


class MariadbWords(Words):
    """MariaDB and MySQL."""

    folds_names = False
    pair = "concat(m.base, '/', m.quote)"
    interval = "x.`interval`"
    nothing = "null"

    def decimal(self, value: str, exponent: str) -> str:
        return f"({value} * cast(concat('1e', {exponent}) as decimal(31, 30)))"

    def text(self, value: str) -> str:
        return f"cast({value} as char)"

    def real(self, value: str) -> str:
        return f"cast({value} as double)"

    def stamp(self, time: str) -> str:
        seconds = f"timestamp('1970-01-01 00:00:00.000000') + interval (({time}) div 1000000000) second"
        return f"({seconds} + interval (({time}) % 1000000000 div 1000) microsecond)"

    def iso(self, time: str) -> str:
        seconds = f"timestamp('1970-01-01') + interval ({time} div 1000000000) second"
        return f"concat(date_format({seconds}, '%Y-%m-%dT%H:%i:%s.'), lpad({time} % 1000000000, 9, '0'), 'Z')"

    def seconds(self, nanoseconds: str) -> str:
        return f"({nanoseconds}) div 1000000000"

    def levels(self, side: str) -> Levels:
        return Levels(
            f"join json_table(x.{side}, '$[*]' columns(place for ordinality, price bigint path '$')) l"
            " on l.place % 2 = 1",
            "(l.place div 2)",
            "l.price",
            f"cast(json_extract(x.{side}, concat('$[', l.place, ']')) as signed)",
        )

    def best(self, side: str) -> str:
        return f"cast(json_extract(s.{side}, '$[0]') as signed)"


WORDS: dict[Dialect, Words] = {Dialect.POSTGRES: Words(), Dialect.MARIADB: MariadbWords()}


def views(dialect: Dialect) -> dict[str, str]:
    """The query of each view by its name, in the order in which they are made."""
    words = WORDS[dialect]
    queries = {**_exact(words), **_origin(words)}
    return {name: queries[name] for name in MADE}


def _names(words: Words, value: str, names: Mapping[int, str]) -> str:
    """The name of a number; a number without a name stays a number."""
    cases = " ".join(f"when {number} then '{name}'" for number, name in names.items())
    return f"case {value} {cases} else {words.text(value)} end"


def _columns(words: Words, names: str, exponent: str) -> str:
    return ", ".join(f"{words.decimal(f'x.{name}', f'm.{exponent}')} as {name}" for name in names.split())


def _exact(w: Words) -> dict[str, str]:
    """The views with exact numbers."""
    pair = f"m.venue, {w.pair} as pair, m.symbol"
    begin = f"select {pair}, x.time_ns, {w.iso('x.time_ns')} as time"
    of_market = "join market m on m.market_id = x.market_id"
    return {
        "v_trade": f"{begin}, coalesce(x.trade_id, {w.text('x.trade_key')}) as trade_id,"
        f" {_names(w, 'x.side', SIDES)} as side, {_columns(w, 'price', 'price_exp')},"
        f" {_columns(w, 'qty', 'qty_exp')}, x.received_ns, x.market_id from trade x {of_market}",
        "v_trade_gap": f"select {pair}, x.received_ns, {w.iso('x.received_ns')} as received, x.after_id, x.before_id,"
        f" nullif(x.missing, 0) as missing, x.market_id from trade_gap x {of_market}",
        "v_ohlc": f"select {pair}, {w.interval}, x.open_ns, {w.iso('x.open_ns')} as open_time, x.close_ns,"
        f" {_columns(w, 'open high low close', 'price_exp')}, x.volume, x.quote_volume, x.trades,"
        f" {_names(w, 'x.state', CANDLE_STATES)} as state, {_names(w, 'x.source', SOURCES)} as source, x.revision,"
        " x.compared_ns, x.open_diff, x.high_diff, x.low_diff, x.close_diff, x.volume_diff, x.quote_volume_diff,"
        f" x.alarm, x.open_interest, x.market_id from candle x {of_market}",
        "v_metric": f"{begin}, {_columns(w, 'bid', 'price_exp')}, {_columns(w, 'bid_qty', 'qty_exp')},"
        f" {_columns(w, 'ask', 'price_exp')}, {_columns(w, 'ask_qty', 'qty_exp')},"
        f" {w.decimal('(x.ask - x.bid)', 'm.price_exp')} as spread, x.vwap_price, x.avg_30s, x.coverage_30s_ppm,"
        f" x.avg_60s, x.coverage_60s_ppm, x.market_id from metric x {of_market}",
        "v_open_interest": f"{begin}, x.value, x.received_ns, x.market_id from open_interest x {of_market}",
        "v_venue_status": f"{begin}, {_names(w, 'x.state', STATES)} as state, x.detail, x.market_id"
        f" from venue_status x {of_market}",
        "v_bid": _levels(w, begin, of_market, "bids"),
        "v_ask": _levels(w, begin, of_market, "asks"),
    }


def _levels(w: Words, begin: str, of_market: str, side: str) -> str:
    """One row per level of the sampled books."""
    levels = w.levels(side)
    return (
        f"{begin}, x.market_id, x.sample_id, {levels.level} as level,"
        f" {w.decimal(levels.price, 'm.price_exp')} as price, {w.decimal(levels.quantity, 'm.qty_exp')} as qty"
        f" from book_sample x {of_market} {levels.source}"
    )


def _origin(w: Words) -> dict[str, str]:
    """The tables of older systems. Their numbers are doubles, as there."""
    spread = w.decimal(f"({w.best('asks')} - {w.best('bids')})", "m.price_exp")
    side = "select sample_id * 1000 + level as id, sample_id as order_book_id"
    return {
        "trades": f"select venue as exchange, pair, {w.stamp('time_ns')} as ts, {w.real('price')} as price,"
        f" {w.real('qty')} as size, nullif(side, 'unknown') as side, {w.nothing} as liquidation from v_trade",
        "ohlc": f"select venue as exchange, pair, {w.stamp('open_ns')} as interval_start,"
        f" {w.seconds('close_ns - open_ns')} as interval_duration, {w.real('open')} as o, {w.real('high')} as h,"
        f" {w.real('low')} as l, {w.real('close')} as c, {w.real('volume')} as v from v_ohlc",
        "OrderBook": f"select x.sample_id as id, m.symbol as ticker, {w.stamp('x.time_ns')} as timestamp,"
        " m.venue as exchange, x.time_ns, x.market_id from book_sample x join market m on m.market_id = x.market_id",
        "Bids": f"{side}, {w.real('price')} as price, {w.real('qty')} as quantity from v_bid",
        "Asks": f"{side}, {w.real('price')} as price, {w.real('qty')} as quantity from v_ask",
        "AdditionalStats": f"select s.sample_id as order_book_id, {w.real(spread)} as bid_ask_spread,"
        f" (select {w.real('x.vwap_price')} from metric x where x.market_id = s.market_id"
        " and x.time_ns <= s.time_ns and x.time_ns > s.time_ns - 10000000000 order by x.time_ns desc limit 1) as price"
        " from book_sample s join market m on m.market_id = s.market_id",
        "AveragePrice": f"{_average(w, 30)} union all {_average(w, 60)}",
    }


def _average(w: Words, seconds: int) -> str:
    lower = w.stamp(f"time_ns - {seconds}000000000")
    return (
        f"select symbol as ticker, {seconds} as duration, {w.real(f'avg_{seconds}s')} as price,"
        f" {w.stamp('time_ns')} as timestamp_upper, {lower} as timestamp_lower, venue as exchange"
        f" from v_metric where avg_{seconds}s is not null"
    )
