"""Serve a capture instead of the generated market: frames at the recorded pace, REST answers in their place."""

import asyncio
import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from .endpoint import Endpoint
from .exchange import Exchange, Publication, RestAnswer, RestRequest
from .neighbours import recording
from .recorded_lines import RecordedLines, is_recording


class CaptureError(ValueError):
    """A capture that cannot be read; the text is one clear line."""


class Record(NamedTuple):
    """One record to serve: seconds from the first one; a stream's payload, or a REST answer under its key."""

    at: float
    stream: str
    key: str
    text: str


class Replay:
    """Plays a capture to whoever subscribes. Its clock starts with the first subscription.

    A REST request waits until the capture has reached its first answer (answers before the first frame are there
    at once); later requests get the newest one passed. What the capture does not hold is answered as the exchange
    would without a market.
    """

    def __init__(self, path: str, host: Endpoint, speed: float) -> None:
        self.path = path
        self.speed = speed
        self.elapsed = 0.0
        self.played = 0
        self._host = host
        self._records = list(_records(path, host))
        self._recorded = {record.key for record in self._records if record.key}
        self._answers: dict[str, RestAnswer] = {}
        self._waiting: dict[str, list[asyncio.Future[RestAnswer]]] = {}
        self._wanted = asyncio.Event()
        self._pairs: dict[str, str] = {}
        self._changed = host.changed
        host.changed = self._on_change
        host.http.rest_source = self.answer
        widen(host, self._records)
        while self.played < len(self._records) and self._records[self.played].key:
            self.step()

    def step(self) -> bool:
        """Play one record; False at the end."""
        if self.played >= len(self._records):
            return False
        record = self._records[self.played]
        self.played += 1
        self.elapsed = record.at
        self._host.advance(record.at)
        if record.key:
            answer = self._answers[record.key] = RestAnswer(200, record.text)
            for waiter in self._waiting.pop(record.key, []):
                waiter.set_result(answer)
        else:
            self._host.publish([self._publication(record)])
        return True

    async def run(self) -> None:
        """Play everything at the recorded pace x speed."""
        await self._wanted.wait()
        loop = asyncio.get_running_loop()
        start = loop.time()
        while self.played < len(self._records):
            delay = start + self._records[self.played].at / self.speed - loop.time()
            if delay > 0 or self.played % 100 == 0:
                await asyncio.sleep(max(0.0, delay))
            self.step()

    def answer(self, request: RestRequest) -> "asyncio.Future[RestAnswer] | None":
        """The recorded answer, as soon as its place in time is reached; None when the capture has none."""
        key = self._host.exchange.rest_key(request.path, request.query)
        if key not in self._recorded:
            return None
        future: asyncio.Future[RestAnswer] = asyncio.get_running_loop().create_future()
        if key in self._answers:
            future.set_result(self._answers[key])
        else:
            self._waiting.setdefault(key, []).append(future)
        return future

    def state(self) -> dict[str, Any]:
        """Progress, for the control endpoint."""
        return {"capture": self.path, "records": len(self._records), "played": self.played}

    def _on_change(self) -> None:
        if self._host.listeners:
            self._wanted.set()
        self._changed()

    def _publication(self, record: Record) -> Publication:
        stream, exchange = record.stream, self._host.exchange
        if stream not in self._pairs:
            self._pairs[stream] = next(
                (str(item.pair) for symbol, item in exchange.instruments.items() if symbol.lower() in stream.lower()),
                "",
            )
        return Publication(
            stream, exchange.kind_of(stream), self._pairs[stream], partial(exchange.wrap, stream, record.text)
        )


def widen(host: Endpoint, records: list[Record]) -> None:
    """Give the instruments at least the decimals that the capture's first levels show."""
    instruments = host.exchange.instruments
    for symbol, item in list(instruments.items()):
        mine = (record for record in records if symbol.lower() in (record.stream + record.key).lower())
        rows = [row for record in islice(mine, 500) for row in host.exchange.row.findall(record.text)]
        fixed = host.exchange.fixed_decimals
        ticks = max((_decimals(price, fixed) for price, _ in rows), default=0)
        lots = max((_decimals(size, fixed) for _, size in rows), default=0)
        ticks, lots = max(ticks, item.tick_decimals), max(lots, item.lot_decimals)
        shown = max(ticks, item.price_digits) if fixed else item.price_digits
        instruments[symbol] = replace(item, tick_decimals=ticks, lot_decimals=lots, price_digits=shown)


def _decimals(text: str, fixed: bool) -> int:
    """Digits after the point, of a number that may be quoted or have an exponent."""
    number = Decimal(text.strip('"'))
    exponent = (number if fixed else number.normalize()).as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def _records(path: str, host: Endpoint) -> Iterator[Record]:
    first: float | None = None
    at, number = 0.0, 0
    try:
        for line in _lines(Path(path), host.exchange.name):
            number += 1
            raw = json.loads(line) if isinstance(line, str) else line
            if raw["t"] is not None:
                first = float(raw["t"]) if first is None else first
                at = max(at, float(raw["t"]) - first)
            yield from _record(raw, at, host.exchange)
    except recording.RecordingError as error:
        raise CaptureError(str(error)) from error
    except (ValueError, KeyError, TypeError, OSError, EOFError) as error:
        raise CaptureError(f"{path}: line {number} is not a capture record: {error}") from error


def _lines(path: Path, venue: str) -> Iterator[str | dict[str, Any]]:
    """The lines of a capture, or the records of a recording as what such lines say."""
    if is_recording(path):
        yield from RecordedLines(path, venue)
        return
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        yield from file


def _record(raw: dict[str, Any], at: float, exchange: Exchange) -> Iterator[Record]:
    if raw["k"] == "http":
        parts = urlsplit(raw["u"])
        yield Record(at, "", exchange.rest_key(parts.path, dict(parse_qsl(parts.query))), raw["d"])
    elif raw["k"] == "recv":
        found = exchange.recorded_stream(raw["u"], raw["d"])
        if found is not None:
            yield Record(at, found[0], "", found[1])
