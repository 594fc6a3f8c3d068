"""The taps of one venue: its connections and its REST service as sources of the recording."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from ..connection.raw_tap import RawTap
from ..errors import ThrottledError
from ..feed.socket_plan import SocketPlan
from ..model import Pair, Receipt
from ..neighbours import recording
from ..network.rest_tap import RestTap
from ..protocol.rest_request import RestRequest
from .descriptions import members_of
from .source_table import SourceTable

if TYPE_CHECKING:
    from recording import Ring

KEPT_HEADERS = ("content-type", "date", "location", "retry-after")
"""Headers of answers that mean something later; a venue's own header of used weight is kept as well."""
WEIGHT_WORDS = ("weight", "limit", "remaining")


class VenueTaps:
    """See feed.feed_taps.FeedTaps."""

    def __init__(self, venue: str, ring: Ring, table: SourceTable) -> None:
        self._venue, self._ring, self._table = venue, ring, table
        self._lock = threading.Lock()
        self._connections = 0

    def rest(self) -> RestTap:
        return _RestTap(self._ring, self._table.add(self._venue, recording.bodies.REST))

    def connection(self, plan: SocketPlan, predecessor: int) -> RawTap:
        with self._lock:
            self._connections += 1
            number = self._connections
        source = self._table.add(self._venue, number, members_of(plan), predecessor)
        return RawTap(
            source, partial(self._ring.put, source), self._ring.receiver(source), partial(self._table.end, source)
        )

    def command(self, name: str, pair: Pair | None) -> None:
        put_command(self._ring, name, venue=self._venue, pair="" if pair is None else str(pair))


def put_command(ring: Ring, name: str, **details: str) -> None:
    """A command of an operator."""
    body = recording.bodies.command(name, **details)
    ring.put(recording.NO_SOURCE, recording.Kind.COMMAND, body, time.time_ns(), time.monotonic_ns())


class _RestTap:
    """See network.rest_tap.RestTap."""

    def __init__(self, ring: Ring, source: int) -> None:
        self._put = partial(ring.put, source)

    def answered(self, request: RestRequest, status: int, headers: Mapping[str, str], body: bytes, at: Receipt) -> None:
        kept = {name: value for name, value in headers.items() if _is_kept(name.lower())}
        record = recording.bodies.answer(request.method, request.path, status, kept, body)
        self._put(recording.Kind.ANSWER, record, at.time, at.monotonic)

    def failed(self, request: RestRequest, error: Exception, at: Receipt) -> None:
        wait = error.retry_after if isinstance(error, ThrottledError) else 0.0
        record = recording.bodies.failed(request.method, request.path, str(error), type(error).__name__, wait)
        self._put(recording.Kind.FAILED, record, at.time, at.monotonic)


def _is_kept(name: str) -> bool:
    return name in KEPT_HEADERS or any(word in name for word in WEIGHT_WORDS)
