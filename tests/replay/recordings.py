"""Recordings for tests: captures as a server would have recorded them, with connections, ticks and digests."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from recording import Kind, Record, RecordingWriter, bodies
from server.connection.connection_thread import TICK
from server.model import Instrument
from server.protocol.venue import Venue
from server.units import SECOND
from tests.golden.replay import symbol_of

REST_SOURCE, STREAM_SOURCE = 1, 2
AGAIN = 3
"""Who made the captures asked once; we ask again for what does not join, and get the same answer again."""
STEP = "1e-8"


def run_record(time: int, pairs: Sequence[str], venues: Mapping[str, str], levels: int = 1000) -> Record:
    """The start of a server that reads these venues, each with its kind of books."""
    how = {name: {"book": book, "levels": levels, "checks": False, "audit": 0.0} for name, book in venues.items()}
    body = bodies.packed({"onebook": "a test", "epoch": time, "pairs": list(pairs), "levels": 10, "venues": how})
    return Record(Kind.RUN, 0, body, time, time)


def member(venue: Venue, pair: str, instrument: Instrument, mode: str, levels: int = 1000) -> dict[str, object]:
    """The streams of one instrument on one connection."""
    written = instrument.written_decimals
    values = {
        "symbol": instrument.symbol, "tick": str(instrument.tick), "lot": str(instrument.lot),
        "status": instrument.status, "trading": instrument.trading, "contract": str(instrument.contract),
        "inverse": instrument.inverse, "written_decimals": None if written is None else list(written),
    }  # fmt: skip
    plan = venue.book_plan(instrument, mode, levels)
    return bodies.member(pair, values, plan.stream, venue.trade_stream(instrument), ())


def of_capture(
    records: Iterable[Mapping[str, Any]],
    venue: Venue,
    instruments: Mapping[str, Instrument],
    mode: str = "diff",
    levels: int = 1000,
) -> Iterator[tuple[int, Record]]:
    """A capture of one connection, each record with the capture's line; `instruments` by pair."""
    now = tick = 0
    again: deque[tuple[int, bytes]] = deque()
    for line, each in enumerate(records):
        now = max(now + 1, int(Decimal(each["t"] or 0) * SECOND))
        if line == 0:
            for begin in _begin(now, venue, instruments, mode, levels):
                yield -1, begin
        if each["k"] == "recv":
            yield line, Record(Kind.RECEIVED, STREAM_SOURCE, each["d"].encode(), now, now)
        elif each["k"] == "http":
            path = _path(each["u"], venue, instruments, mode, levels)
            body = bodies.answer("GET", path, 200, {}, each["d"].encode())
            yield line, Record(Kind.ANSWER, REST_SOURCE, body, now, now)
            again = deque(sorted((*again, *((now + number * SECOND, body) for number in range(1, AGAIN + 1)))))
        if now >= tick:
            tick = now + int(TICK * SECOND)
            yield line, Record(Kind.TICK, STREAM_SOURCE, b"", now, now)
            while again and again[0][0] <= now:
                yield line, Record(Kind.ANSWER, REST_SOURCE, again.popleft()[1], now, now)


def _begin(now: int, venue: Venue, instruments: Mapping[str, Instrument], mode: str, levels: int) -> Iterator[Record]:
    yield run_record(now, list(instruments), {venue.NAME: mode}, levels)
    yield Record(Kind.SOURCE, REST_SOURCE, bodies.source(REST_SOURCE, venue.NAME, bodies.REST), now, now)
    members = [member(venue, pair, item, mode, levels) for pair, item in instruments.items()]
    yield Record(Kind.SOURCE, STREAM_SOURCE, bodies.source(STREAM_SOURCE, venue.NAME, 1, members), now, now)
    yield Record(Kind.OPENED, STREAM_SOURCE, b"/", now, now)


def _path(url: str, venue: Venue, instruments: Mapping[str, Instrument], mode: str, levels: int) -> str:
    """The path of a request: of books the one that we would ask for, whatever depth the capture had."""
    for item in instruments.values():
        request = venue.book_plan(item, mode, levels).rest_snapshot
        if request is not None and item.symbol == symbol_of(url):
            return request.path
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def write(folder: Path, records: Iterable[Record]) -> Path:
    """Writes a recording."""
    folder.mkdir(parents=True, exist_ok=True)
    writer = RecordingWriter(folder)
    for record in records:
        if writer.add(record):
            writer.flush()
    writer.close()
    return folder
