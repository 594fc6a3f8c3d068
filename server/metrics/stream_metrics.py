"""Metrics of streams: how many there are, and what their readers lose."""

from __future__ import annotations

from collections.abc import Iterator

from ..api.streams import Streams
from ..publish.dispatcher import Dispatcher
from .metric import Metric, Sample

OPEN = Metric("gauge", "onebook_streams", "Open streams, over all transports.")
LIMIT = Metric("gauge", "onebook_streams_limit", "Streams that may be open at once (max_streams).")
TOPICS = Metric("gauge", "onebook_topics", "Different streams: equal requests share one.")
CONFLATED = Metric(
    "counter", "onebook_conflated_states_total", "States that a reader skipped, as a newer one replaced them."
)
DROPPED = Metric("counter", "onebook_dropped_events_total", "Events that a reader lost, as it did not keep up.")
WAITING = Metric(
    "gauge", "onebook_dispatcher_waiting_events", "Events of the feeds that wait for the thread that publishes them."
)

METRICS = (OPEN, LIMIT, TOPICS, CONFLATED, DROPPED, WAITING)


class StreamMetrics:
    """The values of one server."""

    def __init__(self, streams: Streams, dispatcher: Dispatcher) -> None:
        self._streams = streams
        self._dispatcher = dispatcher

    def samples(self) -> Iterator[Sample]:
        """All values now."""
        yield Sample(OPEN, len(self._streams))
        yield Sample(LIMIT, self._streams.quota.total)
        yield Sample(TOPICS, len(self._dispatcher.topics))
        yield Sample(CONFLATED, self._dispatcher.topics.conflated)
        yield Sample(DROPPED, self._dispatcher.topics.dropped)
        yield Sample(WAITING, self._dispatcher.waiting)
