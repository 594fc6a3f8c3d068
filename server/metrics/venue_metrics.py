"""Metrics of venues: their connections, what they send, and the threads that read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..registry import Feed
from .metric import Metric, Sample

_VENUE = ("venue",)
CONNECTIONS = Metric("gauge", "onebook_venue_connections", "Websockets to the venue.", _VENUE)
MESSAGES = Metric("counter", "onebook_venue_messages_total", "Messages received over websockets.", _VENUE)
BYTES = Metric("counter", "onebook_venue_received_bytes_total", "Bytes received over websockets.", _VENUE)
THREADS = Metric("gauge", "onebook_venue_threads", "Threads that read the venue.", _VENUE)
TROUBLED = Metric("gauge", "onebook_venue_threads_in_trouble", "Of these, threads that do not do their work.", _VENUE)

METRICS = (CONNECTIONS, MESSAGES, BYTES, THREADS, TROUBLED)


class VenueMetrics:
    """The values of all venues that the server reads when it is asked."""

    def __init__(self, feeds: Mapping[str, Feed]) -> None:
        self._feeds = feeds

    def samples(self) -> Iterator[Sample]:
        """All values now."""
        for name, feed in list(self._feeds.items()):
            venue, received, threads = (name,), feed.received, feed.threads
            yield Sample(CONNECTIONS, feed.connections, venue)
            yield Sample(MESSAGES, received.messages, venue)
            yield Sample(BYTES, received.bytes, venue)
            yield Sample(THREADS, len(threads), venue)
            yield Sample(TROUBLED, sum(bool(thread.trouble) for thread in threads), venue)
