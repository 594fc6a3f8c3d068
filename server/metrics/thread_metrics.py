"""Metrics of the process: what serves, since when, and whether its threads do their work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version

from orderbook_ext import IMPLEMENTATION

from ..threads import Supervised
from ..units import SECOND
from .metric import Metric, Sample
from .thread_cpu import ThreadCpu

INFO = Metric(
    "gauge", "onebook_info", "Always 1: the version, and what books are made of (c or python).", ("version", "books")
)
STARTED = Metric("gauge", "onebook_start_time_seconds", "Start of the server, seconds since 1970 UTC (the epoch).")
WORKING = Metric("gauge", "onebook_thread_working", "1 while the thread does its work.", ("thread",))
FAILURES = Metric(
    "counter", "onebook_thread_failures_total", "Times that the thread failed and was begun again.", ("thread",)
)

CPU = Metric(
    "counter", "onebook_thread_cpu_seconds_total", "Processor time of the threads of this name (Linux).", ("thread",)
)

METRICS = (INFO, STARTED, WORKING, FAILURES, CPU)


class ThreadMetrics:
    """The values of one server."""

    def __init__(
        self,
        start: int,
        threads: Callable[[], Sequence[Supervised]],
        feed_threads: Callable[[], Sequence[Supervised]] = tuple,
    ) -> None:
        """`start`: nanoseconds since 1970 UTC. `feed_threads`: of which there are many, several with one name."""
        self._start = start
        self._threads = threads
        self._feed_threads = feed_threads
        self._cpu = ThreadCpu()
        self._version = _version()

    def samples(self) -> Iterator[Sample]:
        """All values now."""
        yield Sample(INFO, 1, (self._version, IMPLEMENTATION))
        yield Sample(STARTED, self._start / SECOND)
        own = self._threads()
        for thread in own:
            yield Sample(WORKING, thread.is_alive() and not thread.trouble, (thread.name,))
            yield Sample(FAILURES, thread.failures, (thread.name,))
        for name, seconds in self._cpu.seconds([*own, *self._feed_threads()]).items():
            yield Sample(CPU, seconds, (name,))


def _version() -> str:
    """Empty in a checkout that is not installed."""
    try:
        return version("onebook")
    except PackageNotFoundError:
        return ""
