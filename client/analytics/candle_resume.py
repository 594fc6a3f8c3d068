"""Where a stream of candles that was disconnected continues: before its last candles, without a candle twice."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from onebook.v1 import analytics_pb2 as api

from ..resume import started
from ..times import SECOND

CORRECTED, LATEST_CORRECTION = 20, 7200 * SECOND
"""Candles of one interval, and nanoseconds, in which a candle may still be corrected."""
MOST = 10_000
"""Candles of one interval that are remembered."""
_DEFAULT = "1m"
_LENGTHS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400, "mo": 31 * 86_400}
"""Seconds; of a month, those of the longest one."""


class _Seen:
    """The closed candles of one interval that were received."""

    def __init__(self) -> None:
        self.revisions: OrderedDict[int, set[int]] = OrderedDict()
        """By open time."""
        self.newest = 0
        """Open time of the newest one."""
        self.length = 0
        self.first = 0
        """Open time from which on all that was received is remembered; 0: from the first one on."""

    def add(self, candle: api.Candle) -> None:
        """Remembers a candle."""
        opened = candle.open_time_nanos
        self.revisions.setdefault(opened, set()).add(candle.revision)
        if opened > self.newest:
            self.newest, self.length = opened, candle.close_time_nanos - opened
        while len(self.revisions) > MOST:
            forgotten, _ = self.revisions.popitem(last=False)
            self.first = max(self.first, forgotten + 1)


class CandleResume:
    """See `resume.Resume`. Closed candles by interval and open time."""

    def __init__(self, request: Any) -> None:
        self._request = request
        self._wanted = tuple(request.intervals) or (_DEFAULT,)
        self._seen: dict[str, _Seen] = {}
        """By the server's name of the interval."""
        self._opened_at = 0
        """The server's time when the stream became live without a past; 0: it was asked for a past."""
        self._live = False
        self._last: tuple[str, int] | None = None
        self._awaited: tuple[str, int] | None = None
        self.since_nanos = 0

    @property
    def reached(self) -> bool:
        """The last candle before came again."""
        return self._awaited is None

    def request(self) -> Any:
        """From a little before the last candle of the interval that is furthest behind."""
        if self._last is None and not self._opened_at:
            return self._request
        self._awaited = self._last
        self.since_nanos = max(min(self._starts()), 1)
        return started(self._request, self.since_nanos)

    def _starts(self) -> Iterator[int]:
        """From when on the candles of each interval are wanted."""
        for seen in self._seen.values():
            yield seen.newest - min(CORRECTED * seen.length, LATEST_CORRECTION)
        received = set(map(length, self._seen))
        for wanted in map(length, self._wanted):
            if wanted not in received:
                # The candle that was in progress when the stream became live.
                yield self._request.start_time_nanos or self._opened_at - wanted

    def take(self, message: Any) -> bool:
        """A candle; heartbeats and candles in progress are new."""
        if not self._live and not message.header.past:
            self._live = True
            if not self._request.start_time_nanos:
                self._opened_at = message.header.publish_time_nanos
        if not message.open_time_nanos or message.state == api.CANDLE_STATE_OPEN:
            return True
        place = message.interval, message.open_time_nanos
        if place == self._awaited:
            self._awaited = None
        seen = self._seen.setdefault(message.interval, _Seen())
        if message.header.past and self._is_old(seen, message):
            return False
        seen.add(message)
        self._last = place
        return True

    def _is_old(self, seen: _Seen, candle: api.Candle) -> bool:
        """Whether the candle was received before, or closed before the stream began."""
        opened = candle.open_time_nanos
        if opened in seen.revisions:
            return candle.revision in seen.revisions[opened]
        return opened < seen.first or candle.close_time_nanos <= self._opened_at


@lru_cache(maxsize=256)
def length(interval: str) -> int:
    """Nanoseconds of an interval such as 1m; those of a day where the name says none."""
    found = re.fullmatch(r"(\d+)(s|m|h|d|w|mo)", interval)
    return (int(found[1]) * _LENGTHS[found[2]] if found else _LENGTHS["d"]) * SECOND
