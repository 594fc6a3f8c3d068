"""Metrics of the process: what serves, since when, and whether its threads do their work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version

from orderbook_ext import IMPLEMENTATION

from ..threads import Supervised
from ..units import SECOND
from .metric import Metric, Sample

INFO = Metric(
    "gauge", "onebook_info", "Always 1: the version, and what books are made of (c or python).", ("version", "books")
)
STARTED = Metric("gauge", "onebook_start_time_seconds", "Start of the server, seconds since 1970 UTC (the epoch).")
WORKING = Metric("gauge", "onebook_thread_working", "1 while the thread does its work.", ("thread",))
FAILURES = Metric(
    "counter", "onebook_thread_failures_total", "Times that the thread failed and was begun again.", ("thread",)
)

METRICS = (INFO, STARTED, WORKING, FAILURES)


class ThreadMetrics:
    """The values of one server."""

    def __init__(self, start: int, threads: Callable[[], Iterable[Supervised]]) -> None:
        """`start`: nanoseconds since 1970 UTC."""
        self._start = start
        self._threads = threads
        self._version = _version()

    def samples(self) -> Iterator[Sample]:
        """All values now."""
        yield Sample(INFO, 1, (self._version, IMPLEMENTATION))
        yield Sample(STARTED, self._start / SECOND)
        for thread in self._threads():
            yield Sample(WORKING, thread.is_alive() and not thread.trouble, (thread.name,))
            yield Sample(FAILURES, thread.failures, (thread.name,))


def _version() -> str:
    """Empty in a checkout that is not installed."""
    try:
        return version("onebook")
    except PackageNotFoundError:
        return ""
