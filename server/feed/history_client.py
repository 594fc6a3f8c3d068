"""Past candles and open interest from a venue's REST service, page by page and within its limits."""

from __future__ import annotations

import logging
import threading

from ..errors import FrameError
from ..model import Instrument
from ..network.rest_client import RestClient
from ..protocol.candle_source import Candle, OpenInterest
from ..protocol.venue import Venue
from ..units import SECOND
from .ask import ask
from .log_once import SaidOnce

log = logging.getLogger(__name__)

# Candles of one question at most: a client may ask for ten years of seconds.
MOST = 100_000


class HistoryClient:
    """The past data of one venue. Calls block while the venue's budget is spent: never make a call on a feed thread.

    Both methods raise VenueError: unreachable, refused, or an answer that cannot be read.
    """

    def __init__(self, venue: Venue, rest: RestClient, stop: threading.Event) -> None:
        self._venue = venue
        self._rest = rest
        self._stop = stop
        self._said = SaidOnce(log, venue, "candles")

    def candles(self, instrument: Instrument, interval: int, start: int, end: int) -> list[Candle]:
        """Candles of `interval` seconds that open at `start` or later and before `end` (nanoseconds UTC), oldest first.

        Each open time comes once; intervals without trades are as the venue has them, flat or left out, and what is
        older than its history, or cannot be read, is missing. FrameError for a venue without candles, an interval that
        it does not have, or more than 100,000 candles.
        """
        source = self._venue.CANDLES
        if source is None:
            raise FrameError(f"{self._venue.TITLE} has no candles")
        if end - start > MOST * interval * SECOND:
            raise FrameError(f"more than {MOST} candles were asked for")
        found: dict[int, Candle] = {}
        page = source.limit * interval * SECOND
        at = start
        while at < end:
            request = source.request(instrument, interval, at, min(end, at + page))
            candles = self._venue.read_candles(instrument, ask(self._venue, self._rest, request, self._stop))
            self._said.say(candles.unread)
            for candle in candles:
                if start <= candle.open_time < end:
                    found[candle.open_time] = candle
            at += page
        return [found[time] for time in sorted(found)]

    def open_interest(self, instrument: Instrument) -> OpenInterest | None:
        """The open interest now; None where the venue has none."""
        request = self._venue.open_interest(instrument)
        if request is None:
            return None
        return self._venue.read_open_interest(instrument, ask(self._venue, self._rest, request, self._stop))
