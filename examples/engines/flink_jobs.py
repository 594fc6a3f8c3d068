"""Jobs of Flink SQL over onebook's topics: VWAP per window, spread across venues, candles of candles.

    pip install apache-flink            # and a Java 17
    mvn dependency:copy -Dartifact=org.apache.flink:flink-sql-connector-kafka:4.0.1-2.0 -DoutputDirectory=.
    PYTHONPATH=proto python examples/engines/flink_jobs.py vwap --kafka localhost:9092 \\
        --connector flink-sql-connector-kafka-4.0.1-2.0.jar

Every line of the output is one JSON object. Numbers are DECIMAL: nothing is rounded but the VWAP, at 12 decimals. A
trade that comes twice counts once.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from decimal import Context, Decimal, localcontext
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import decode
from pyflink.common import Row, RowKind
from pyflink.table import DataTypes, EnvironmentSettings, TableEnvironment
from pyflink.table.udf import udtf

NUMBER = DataTypes.DECIMAL(38, 18)
TIME = DataTypes.TIMESTAMP(3)


def moment(nanos: int) -> datetime:
    """Milliseconds are enough to find the window."""
    return datetime.fromtimestamp(nanos // 1_000_000 / 1000, timezone.utc).replace(tzinfo=None)


@udtf(result_types=[DataTypes.STRING(), DataTypes.STRING(), DataTypes.STRING(), TIME, NUMBER, NUMBER])
def trades(value: bytes) -> Iterator[Row]:
    row = decode.trade(bytes(value))
    if row is not None:
        # Here, as Flink's own product of two such numbers keeps 6 decimals.
        with localcontext(Context(prec=60)):
            worth = Decimal(row["price"]) * Decimal(row["size"])
        yield Row(row["market"], row["venue"], row["trade_id"], moment(row["time_ns"]), Decimal(row["size"]), worth)


@udtf(result_types=[DataTypes.STRING(), DataTypes.STRING(), NUMBER, NUMBER])
def tops(value: bytes) -> Iterator[Row]:
    row = decode.top_of_book(bytes(value))
    bid, ask = (None if row[name] is None else Decimal(row[name]) for name in ("bid", "ask"))
    yield Row(row["market"], row["venue"], bid, ask)


@udtf(
    result_types=[
        DataTypes.STRING(), DataTypes.STRING(), DataTypes.STRING(), TIME, DataTypes.BIGINT(), NUMBER, NUMBER, NUMBER,
        NUMBER, NUMBER, NUMBER, DataTypes.BIGINT(),
    ]
)  # fmt: skip
def candles(value: bytes) -> Iterator[Row]:
    row = decode.candle(bytes(value))
    if row["open"] is not None:
        prices = [Decimal(row[name]) for name in ("open", "high", "low", "close", "volume", "quote_volume")]
        begin = moment(row["open_time_ns"])
        yield Row(row["market"], row["venue"], row["interval"], begin, row["revision"], *prices, row["trades"])


SOURCE = """
create table records (
    `value` bytes, `partition` int not null metadata virtual, `offset` bigint not null metadata virtual
) with (
    'connector' = 'kafka', 'topic' = '{topic}', 'properties.bootstrap.servers' = '{kafka}',
    'scan.startup.mode' = 'earliest-offset', 'format' = 'raw'{bounded}
)
"""
START = "cast(timestampdiff(second, timestamp '1970-01-01 00:00:00', ts) as bigint) * 1000 / {window} * {window}"
"""The beginning of the window, milliseconds since 1970."""

# The first record of each trade, then sums per window of the venues' time.
VWAP = f"""
with fresh as (
    select market, ts, size, worth, row_number() over (
        partition by market, venue, trade_id order by `offset`) as place
    from records, lateral table(trades(`value`)) as t(market, venue, trade_id, ts, size, worth)
), placed as (select market, {START} as start_ms, size, worth from fresh where place = 1)
select market, start_ms, sum(size) as volume, sum(worth) as quote_volume, count(*) as trades
from placed group by market, start_ms
"""
# The newest record of each venue, and the best of all.
SPREAD = """
with newest as (
    select market, venue, bid, ask, row_number() over (
        partition by market, venue order by `offset` desc) as place
    from records, lateral table(tops(`value`)) as t(market, venue, bid, ask)
)
select market, max(bid) as bid, min(ask) as ask, min(ask) - max(bid) as spread
from newest where place = 1 group by market
"""
# Of each short candle the highest revision, then the long candle. Its first price is the one with the least time.
CANDLES = f"""
with short as (
    select t.*, row_number() over (partition by market, ts order by revision desc, `offset` desc) as place
    from records, lateral table(candles(`value`)) as t(
        market, venue, span, ts, revision, o, h, l, c, volume, quote_volume, trades)
    where venue = '' and span = '1s'
), placed as (
    select market, {START} as start_ms, cast(ts as string) as moment, o, h, l, c, volume, quote_volume, trades
    from short where place = 1
)
select market, start_ms, min(moment || ' ' || cast(o as string)) as `open`, max(h) as high, min(l) as low,
    max(moment || ' ' || cast(c as string)) as `close`, sum(volume) as volume, sum(quote_volume) as quote_volume,
    sum(trades) as trades
from placed group by market, start_ms
"""
JOBS = {
    "vwap": ("md.trade.v1", VWAP, ("market", "start_ms", "volume", "quote_volume", "trades")),
    "spread": ("md.book.v1", SPREAD, ("market", "bid", "ask", "spread")),
    "candles": (
        "md.candle.v1", CANDLES,
        ("market", "start_ms", "open", "high", "low", "close", "volume", "quote_volume", "trades"),
    ),
}  # fmt: skip
"""By name: topic, query, and the names of its columns."""


def environment(given: argparse.Namespace) -> TableEnvironment:
    mode = EnvironmentSettings.in_batch_mode if given.bounded else EnvironmentSettings.in_streaming_mode
    made = TableEnvironment.create(mode())
    options = made.get_config()
    options.set("pipeline.jars", Path(given.connector).resolve().as_uri())
    options.set("parallelism.default", "1")
    options.set("python.executable", sys.executable)
    options.set("table.local-time-zone", "UTC")
    for name, function in {"trades": trades, "tops": tops, "candles": candles}.items():
        made.create_temporary_function(name, function)
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("job", choices=JOBS)
    parser.add_argument("--kafka", default="localhost:9092", metavar="HOST:PORT,...")
    parser.add_argument("--connector", required=True, metavar="JAR", help="flink-sql-connector-kafka")
    parser.add_argument("--prefix", default="", help="before the names of topics")
    parser.add_argument("--window", type=int, default=60_000, metavar="MS", help="(default: %(default)s)")
    parser.add_argument("--bounded", action="store_true", help="end with the records that are there now")
    given = parser.parse_args()
    tables = environment(given)
    topic, query, names = JOBS[given.job]
    bounded = ", 'scan.bounded.mode' = 'latest-offset'" if given.bounded else ""
    tables.execute_sql(SOURCE.format(topic=given.prefix + topic, kafka=given.kafka, bounded=bounded))
    with tables.execute_sql(query.format(window=given.window)).collect() as rows:
        for row in rows:
            if row.get_row_kind() in (RowKind.INSERT, RowKind.UPDATE_AFTER):
                print(json.dumps(line(dict(zip(names, row, strict=True)))), flush=True)


def line(row: dict[str, Any]) -> dict[str, Any]:
    """A result with decimal text, and with the VWAP of its sums."""
    for name in ("open", "close"):
        if name in row:
            row[name] = row[name].rpartition(" ")[2]
    if row.get("volume") and "open" not in row:
        with localcontext(Context(prec=60)):
            row["vwap"] = (row["quote_volume"] / row["volume"]).quantize(Decimal("1e-12"))
    return {name: f"{value:f}" if isinstance(value, Decimal) else value for name, value in row.items()}


if __name__ == "__main__":
    main()
