"""The history on servers of SQL: rows per second and bytes per row, beside day files and plain statements.

    python -m benchmarks.bench_sql [--quick] [--rounds N]

Servers are started from Debian's packages for this; what is not installed is left out. Each batch is on the disk before
the next begins. `plain` is the same statement for one row at a time (executemany() of psycopg, execute() of PyMySQL);
`core` is SQLAlchemy's insert of many rows, which knows no copies.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import harness, machine
from benchmarks.bench_history import MARKETS, Clock, candle, metric, trade
from server.history.intake import Row
from server.history.rows import BookRow
from server.history.schema import Kind
from server.history.writer import HistoryWriter
from server.sql import bulk, migration
from server.sql.address import Dialect, parse
from server.sql.connection import Connection
from server.sql.metadata import metadata
from server.sql.migration import sqlalchemy_connection
from server.sql.rules import RULES, columns
from server.sql.sql_writer import SqlWriter
from tests.sql.servers import KINDS, Server, missing

BATCH = 1000
MAKERS: dict[Kind, Callable[[int], Row]] = {Kind.TRADE: trade, Kind.CANDLE: candle, Kind.METRIC: metric}
Values = tuple[Any, ...]


def batches(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (rows[at : at + BATCH] for at in range(0, len(rows), BATCH))


def day_files(rows: Sequence[Row]) -> tuple[float, float]:
    """Seconds, and bytes, of the writer of day files."""
    with tempfile.TemporaryDirectory(prefix="onebook-bench-") as name:
        writer = HistoryWriter(Path(name), clock=Clock())
        began = time.perf_counter()
        for batch in batches(rows):
            writer.add(batch)
            writer.flush()
        seconds = time.perf_counter() - began
        writer.close()
        return seconds, sum(path.stat().st_size for path in Path(name).glob("*.db"))


def make_tables(server: Server) -> None:
    """The database of all candidates."""
    server.execute("create database bench")
    migration.init(parse(server.address("bench")))


class Candidate:
    """One database, empty again for each candidate."""

    def __init__(self, server: Server) -> None:
        self.server = server
        assert server.emptied("bench", [table for table in metadata.tables if table != "meta"])
        self.url = server.address("bench")

    def writer(self, rows: Sequence[Row]) -> float:
        """Seconds of the writer, spill and rules included."""
        with tempfile.TemporaryDirectory(prefix="onebook-bench-") as name:
            writer = SqlWriter(self.url, Path(name), clock=Clock())
            began = time.perf_counter()
            for batch in batches(rows):
                writer.add(batch)
                writer.flush()
            seconds = time.perf_counter() - began
            writer.close()
            return seconds

    def plain(self, kind: Kind, values: Sequence[Values]) -> float:
        """Seconds of executemany() with the same rules."""
        statement = upsert(parse(self.url).dialect, kind)
        with self.connection() as connection, connection.driver.cursor() as cursor:

            def write(batch: Sequence[Values]) -> None:
                if connection.server == "PostgreSQL":
                    cursor.executemany(statement, batch)
                else:
                    for row in batch:  # PyMySQL's executemany() makes one statement of many rows: that is our path.
                        cursor.execute(statement, row)
                connection.commit()

            return timed(write, values)

    def core(self, kind: Kind, values: Sequence[Values]) -> float:
        """Seconds of SQLAlchemy's insert."""
        names = columns(kind)
        table = metadata.tables[kind.value]
        rows = [dict(zip(names, row, strict=True)) for row in values]
        with self.connection() as connection, sqlalchemy_connection(connection) as session:

            def write(batch: Sequence[dict[str, Any]]) -> None:
                session.execute(table.insert(), batch)
                connection.commit()

            return timed(write, rows)

    def size(self, kind: Kind) -> float:
        """Bytes of the table and its indexes."""
        if self.server.scheme == "postgresql":
            query = f"select pg_total_relation_size('{kind.value}')"
            return float(self.server.execute(query, "bench")[0][0])
        self.server.execute(f"analyze table {kind.value}", "bench")
        query = f"data_length + index_length from information_schema.tables where table_name = '{kind.value}'"
        return float(self.server.execute(f"select {query} and table_schema = 'bench'", "bench")[0][0])

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        connection = Connection(parse(self.url), 60.0)
        try:
            yield connection
        finally:
            connection.close()


def upsert(dialect: Dialect, kind: Kind) -> str:
    """The statement for one row."""
    if dialect is Dialect.MARIADB:
        return bulk.upsert(kind)
    marks = ", ".join(["%s"] * len(columns(kind)))
    head, _, tail = bulk.merge(kind).partition(" select ")
    conflict = tail[tail.index(" on conflict") :]
    assert RULES[kind].key[0] in conflict
    return f"{head} values ({marks}){conflict}"


def timed(write: Callable[[Sequence[Any]], None], rows: Sequence[Any]) -> float:
    began = time.perf_counter()
    for batch in batches(rows):
        write(batch)
    return time.perf_counter() - began


def measure(server: Server, kind: Kind, rows: Sequence[Row], rounds: int) -> list[tuple[str, ...]]:
    """A line of the table per way to write."""
    values = [
        (MARKETS.index(row.market), *row.values()) for row in rows if not isinstance(row, BookRow)
    ]  # fmt: skip
    ways: dict[str, Callable[[Candidate], float]] = {
        "writer": lambda candidate: candidate.writer(rows),
        "plain": lambda candidate: candidate.plain(kind, values),
        "core": lambda candidate: candidate.core(kind, values),
    }
    lines: list[tuple[str, ...]] = []
    for name, way in ways.items():
        best, size = float("inf"), 0.0
        for _ in range(rounds):
            candidate = Candidate(server)
            best = min(best, way(candidate))
            size = candidate.size(kind)
        per_row = f"{size / len(rows):.0f}" if name == "writer" else ""
        lines.append((kind.value, f"{server.scheme} {name}", f"{len(rows) / best:,.0f}", per_row))
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one round of few rows")
    parser.add_argument("--rounds", type=int, help="(3)")
    options = parser.parse_args()
    rounds, count = options.rounds or (1 if options.quick else 3), 2_000 if options.quick else 60_000
    machine.print_head("The history on servers of SQL", ["SQLAlchemy", "psycopg", "PyMySQL"])
    if missing():
        print(f"left out, as not installed: {missing()}\n")
    table: list[tuple[str, ...]] = []
    made = {kind: [make(number) for number in range(count)] for kind, make in MAKERS.items()}
    for kind, rows in made.items():
        seconds, size = min(day_files(rows) for _ in range(rounds))
        table.append((kind.value, "day files", f"{len(rows) / seconds:,.0f}", f"{size / len(rows):.0f}"))
    for start in () if missing() else KINDS.values():
        server = start()
        server.durable = True
        try:
            server.start()
            make_tables(server)
            for kind, rows in made.items():
                table += measure(server, kind, rows, rounds)
        finally:
            server.remove()
    order = {kind.value: number for number, kind in enumerate(MAKERS)}
    table.sort(key=lambda line: order[line[0]])
    harness.print_table((f"rows, batches of {BATCH}", "written by", "rows/s", "bytes per row"), table)


if __name__ == "__main__":
    main()
