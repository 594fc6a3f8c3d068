"""A venue's past over a real HTTP server: page by page, each candle once, oldest first."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from server.errors import FrameError, VenueError
from server.feed.history_client import MOST, HistoryClient
from server.model import Instrument
from server.network.rest_client import RestClient
from server.protocol.candle_source import CandleSource, OpenInterest
from server.protocol.rest_request import RestRequest
from server.protocol.venue import Venue
from server.units import SECOND
from tests.book.family import FAMILIES, INSTRUMENT, FamilyVenue

pytestmark = pytest.mark.slow

MINUTE = 60 * SECOND
START = 1_795_000_020 * SECOND


class PastVenue(FamilyVenue):
    """A venue with candles of a minute, four to a page."""

    CANDLES = CandleSource(
        path=lambda _item, _word, start, end, _rows: f"/candles?start={start // SECOND}&end={end // SECOND}",
        words={60: "1m"},
        columns={"open_time": 0, "open": 1, "high": 1, "low": 1, "close": 1, "volume": 2},
        limit=4,
    )

    def open_interest(self, instrument: Instrument) -> RestRequest | None:
        return RestRequest(f"/interest?of={instrument.symbol}")

    def interest(self, instrument: Instrument, answer: Any) -> OpenInterest:
        return OpenInterest(Decimal(answer["amount"]), START)


class Exchange(ThreadingHTTPServer):
    """Answers with a row per minute, newest first, and with what else a test makes of it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[int, int]] = []
        self.status = 200
        self.around = 0
        """Rows before and behind the range that are sent too."""
        self.broken: set[int] = set()
        """Minutes whose rows cannot be read."""

    def answer(self, path: str) -> Any:
        query = {key: values[0] for key, values in parse_qs(urlsplit(path).query).items()}
        if "of" in query:
            return {"amount": "12.5", "symbol": query["of"]}
        start, end = int(query["start"]), int(query["end"])
        self.asked.append((start, end))
        minutes = range(-(-start // 60) - self.around, -(-end // 60) + self.around)
        return [[each * 60, "x" if each in self.broken else "10", "1"] for each in reversed(minutes)]


class Handler(BaseHTTPRequestHandler):
    """One request of it."""

    server: Exchange

    def do_GET(self) -> None:
        body = json.dumps(self.server.answer(self.path)).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


class Rig:
    """A client and the exchange that it asks."""

    def __init__(self, venue: Venue | None = None) -> None:
        self.exchange = Exchange()
        threading.Thread(target=self.exchange.serve_forever, daemon=True).start()
        venue = venue or PastVenue(FAMILIES[0])
        rest = RestClient(f"http://127.0.0.1:{self.exchange.server_address[1]}", venue.LIMITS)
        self.client = HistoryClient(venue, rest, threading.Event())

    def minutes(self, first: int, last: int) -> list[int]:
        """Of the candles of a range of minutes since the start."""
        found = self.client.candles(INSTRUMENT, 60, START + first * MINUTE, START + last * MINUTE)
        return [(candle.open_time - START) // MINUTE for candle in found]

    def close(self) -> None:
        self.exchange.shutdown()
        self.exchange.server_close()


@pytest.fixture
def rig() -> Iterator[Rig]:
    made = Rig()
    yield made
    made.close()


@pytest.mark.parametrize(("last", "pages"), [(1, 1), (4, 1), (5, 2), (8, 2), (11, 3)])
def test_pages_are_asked_for_one_after_the_other(rig: Rig, last: int, pages: int) -> None:
    assert rig.minutes(0, last) == list(range(last)), "oldest first, though the venue has them newest first"
    assert len(rig.exchange.asked) == pages
    assert [end for _, end in rig.exchange.asked[:-1]] == [start for start, _ in rig.exchange.asked[1:]]
    assert rig.exchange.asked[-1][1] == START // SECOND + last * 60


def test_what_a_venue_sends_besides_is_left_out_and_none_comes_twice(rig: Rig) -> None:
    rig.exchange.around = 2
    assert rig.minutes(0, 6) == list(range(6))


def test_an_empty_range_asks_nothing(rig: Rig) -> None:
    assert rig.minutes(5, 5) == []
    assert rig.exchange.asked == []


def test_rows_that_cannot_be_read_are_missing_and_said(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    rig.exchange.broken = {START // MINUTE + 1}
    assert rig.minutes(0, 4) == [0, 2, 3]
    assert rig.minutes(0, 4) == [0, 2, 3]
    assert len([record for record in caplog.records if "candles" in record.getMessage()]) == 1, "once"


def test_what_cannot_be_asked(rig: Rig) -> None:
    with pytest.raises(FrameError, match=f"more than {MOST} candles were asked for"):
        rig.minutes(0, MOST + 1)
    with pytest.raises(FrameError, match="no candles of 300 s; there are 60"):
        rig.client.candles(INSTRUMENT, 300, START, START + MINUTE)
    assert rig.exchange.asked == []


def test_a_venue_that_refuses_is_an_error(rig: Rig) -> None:
    rig.exchange.status = 404
    with pytest.raises(VenueError):
        rig.minutes(0, 4)


def test_open_interest(rig: Rig) -> None:
    assert rig.client.open_interest(INSTRUMENT) == OpenInterest(Decimal("12.5"), START)


def test_a_venue_without_a_past() -> None:
    rig = Rig(FamilyVenue(FAMILIES[0]))
    try:
        with pytest.raises(FrameError, match="Model has no candles"):
            rig.minutes(0, 4)
        assert rig.client.open_interest(INSTRUMENT) is None
    finally:
        rig.close()
