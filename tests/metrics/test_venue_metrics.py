"""Values of venues are those of their feeds when they are read."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

from server.connection.received import Received
from server.metrics.venue_metrics import METRICS, VenueMetrics
from server.threads import Supervised
from tests.waiting import eventually

from .reading import read


def test_a_feed_with_a_thread_that_fails() -> None:
    stop = threading.Event()

    def fails() -> None:
        raise ZeroDivisionError

    bad, good = Supervised("bad", fails, stop, first_pause=30.0), Supervised("good", lambda: None, stop)
    bad.start()
    eventually(lambda: bad.failures == 1)
    feeds: Any = {"a": SimpleNamespace(connections=2, received=Received(3, 400), threads=[bad, good])}
    values = read(VenueMetrics(feeds).samples())
    stop.set()
    bad.join(60)
    assert values == {
        ("onebook_venue_connections", "a"): 2,
        ("onebook_venue_messages_total", "a"): 3,
        ("onebook_venue_received_bytes_total", "a"): 400,
        ("onebook_venue_threads", "a"): 2,
        ("onebook_venue_threads_in_trouble", "a"): 1,
    }
    assert {name for name, _ in values} == {metric.name for metric in METRICS}
