"""The views of a day file: exact decimals as text, and the tables of older systems with their names and types."""

from __future__ import annotations

from collections.abc import Mapping

from ..model import Side, VenueState


def decimal_sql(value: str, exponent: str) -> str:
    """SQL for the exact text of value x 10**exponent; NULL stays NULL. `value` and `exponent` are columns; the
    exponent is 0 or below."""
    digits = f"printf('%0*d', 1 - {exponent}, abs({value}))"
    whole = f"substr({digits}, 1, length({digits}) + {exponent})"
    fraction = f"substr({digits}, {exponent})"
    sign = f"case when {value} < 0 then '-' else '' end"
    return (
        f"case when {value} is null then null when {exponent} = 0 then cast({value} as text)"
        f" else {sign} || {whole} || '.' || {fraction} end"
    )


def time_sql(time: str, separator: str = "T", zone: str = "Z", digits: int = 9) -> str:
    """SQL for a time of nanoseconds as text of UTC with so many digits behind the second, cut off."""
    seconds = f"strftime('%Y-%m-%d{separator}%H:%M:%S', {time} / 1000000000, 'unixepoch')"
    return f"{seconds} || printf('.%0{digits}d{zone}', {time} % 1000000000 / {10 ** (9 - digits)})"


def names_sql(value: str, names: Mapping[int, str]) -> str:
    """SQL for the name of a number; a number without a name stays a number."""
    cases = " ".join(f"when {number} then '{name}'" for number, name in names.items())
    return f"case {value} {cases} else {value} end"


SIDES = {int(side): side.name.lower() for side in Side}
STATES = {int(state): state.name.lower() for state in VenueState}
CANDLE_STATES = {1: "open", 2: "complete", 3: "partial_start", 4: "partial_gap"}
SOURCES = {1: "trades", 2: "venue"}

_PAIR = "m.venue, m.base || '/' || m.quote as pair, m.symbol"
_SPREAD = decimal_sql("(x.ask - x.bid)", "m.price_exp")


def _price(column: str, alias: str = "") -> str:
    return f"{decimal_sql(f'x.{column}', 'm.price_exp')} as {alias or column}"


def _quantity(column: str, alias: str = "") -> str:
    return f"{decimal_sql(f'x.{column}', 'm.qty_exp')} as {alias or column}"


def _levels(side: str) -> str:
    """One row per level of the sampled books: a sample holds [price, quantity, price, quantity, ...]."""
    price, quantity = "l.value", f"json_extract(x.{side}, '$[' || (l.key + 1) || ']')"
    return (
        f"select {_PAIR}, x.market_id, x.sample_id, x.time_ns, {time_sql('x.time_ns')} as time, l.key / 2 as level,"
        f" {decimal_sql(price, 'm.price_exp')} as price, {decimal_sql(quantity, 'm.qty_exp')} as qty"
        f" from book_sample x join market m using(market_id), json_each(x.{side}) l where l.key % 2 = 0"
    )


TRADE_GAPS = f"""
create view v_trade_gap as select {_PAIR}, x.received_ns, {time_sql("x.received_ns")} as received, x.after_id,
    x.before_id, nullif(x.missing, 0) as missing, x.market_id from trade_gap x join market m using(market_id);
"""

EXACT = f"""
create view v_trade as select {_PAIR}, x.time_ns, {time_sql("x.time_ns")} as time,
    coalesce(x.trade_id, cast(x.trade_key as text)) as trade_id, {names_sql("x.side", SIDES)} as side,
    {_price("price")}, {_quantity("qty")}, x.received_ns, x.market_id
    from trade x join market m using(market_id);

create view v_ohlc as select {_PAIR}, x.interval, x.open_ns, {time_sql("x.open_ns")} as open_time, x.close_ns,
    {_price("open")}, {_price("high")}, {_price("low")}, {_price("close")}, x.volume, x.quote_volume, x.trades,
    {names_sql("x.state", CANDLE_STATES)} as state, {names_sql("x.source", SOURCES)} as source, x.revision,
    x.compared_ns, x.open_diff, x.high_diff, x.low_diff, x.close_diff, x.volume_diff, x.quote_volume_diff, x.alarm,
    x.open_interest, x.market_id
    from candle x join market m using(market_id);

create view v_metric as select {_PAIR}, x.time_ns, {time_sql("x.time_ns")} as time,
    {_price("bid")}, {_quantity("bid_qty")}, {_price("ask")}, {_quantity("ask_qty")}, {_SPREAD} as spread,
    x.vwap_price, x.avg_30s, x.coverage_30s_ppm, x.avg_60s, x.coverage_60s_ppm, x.market_id
    from metric x join market m using(market_id);

create view v_open_interest as select {_PAIR}, x.time_ns, {time_sql("x.time_ns")} as time, x.value, x.received_ns,
    x.market_id from open_interest x join market m using(market_id);

create view v_venue_status as select {_PAIR}, x.time_ns, {time_sql("x.time_ns")} as time,
    {names_sql("x.state", STATES)} as state, x.detail, x.market_id
    from venue_status x join market m using(market_id);

create view v_bid as {_levels("bids")};

create view v_ask as {_levels("asks")};
"""


def _stamp(time: str) -> str:
    return time_sql(time, separator=" ", zone="", digits=6)


# The numbers of these views are doubles, as in the systems they come from: their users compare and sum them. SQLite
# would compare text to numbers by type, and find every text larger.
ORIGIN = f"""
create view trades as select venue as exchange, pair, {_stamp("time_ns")} as ts, cast(price as real) as price,
    cast(qty as real) as size, case side when 'unknown' then null else side end as side, null as liquidation
    from v_trade;

create view ohlc as select venue as exchange, pair, {_stamp("open_ns")} as interval_start,
    (close_ns - open_ns) / 1000000000 as interval_duration, cast(open as real) as o, cast(high as real) as h,
    cast(low as real) as l, cast(close as real) as c, cast(volume as real) as v
    from v_ohlc;

create view OrderBook as select x.sample_id as id, m.symbol as ticker, {_stamp("x.time_ns")} as timestamp,
    m.venue as exchange, x.time_ns, x.market_id
    from book_sample x join market m using(market_id);

create view Bids as select sample_id * 1000 + level as id, sample_id as order_book_id, cast(price as real) as price,
    cast(qty as real) as quantity from v_bid;

create view Asks as select sample_id * 1000 + level as id, sample_id as order_book_id, cast(price as real) as price,
    cast(qty as real) as quantity from v_ask;

create view AdditionalStats as select b.id as order_book_id,
    cast({decimal_sql("(json_extract(s.asks, '$[0]') - json_extract(s.bids, '$[0]'))", "m.price_exp")} as real)
        as bid_ask_spread,
    (select cast(x.vwap_price as real) from metric x where x.market_id = b.market_id and x.time_ns <= b.time_ns
        and x.time_ns > b.time_ns - 10000000000 order by x.time_ns desc limit 1) as price
    from OrderBook b join book_sample s on s.sample_id = b.id join market m on m.market_id = b.market_id;

create view AveragePrice as
    select symbol as ticker, 30 as duration, cast(avg_30s as real) as price, {_stamp("time_ns")} as timestamp_upper,
        {_stamp("(time_ns - 30000000000)")} as timestamp_lower, venue as exchange
        from v_metric where avg_30s is not null
    union all
    select symbol, 60, cast(avg_60s as real), {_stamp("time_ns")}, {_stamp("(time_ns - 60000000000)")}, venue
        from v_metric where avg_60s is not null;
"""

VIEWS = EXACT + TRADE_GAPS + ORIGIN
