"""Threads that work, fail, and are dead; the version and the start."""

from __future__ import annotations

import threading

from server.metrics.thread_metrics import METRICS, ThreadMetrics
from server.threads import Supervised
from tests.waiting import eventually

from .reading import read


def test_threads_by_name() -> None:
    stop = threading.Event()

    def works() -> None:
        stop.wait(60)

    good = Supervised("good", works, stop)
    waiting = Supervised("waiting", lambda: None, stop)

    def fails() -> None:
        raise ZeroDivisionError

    bad = Supervised("bad", fails, stop, first_pause=30.0)
    good.start()
    bad.start()
    eventually(lambda: bad.failures == 1)
    values = read(ThreadMetrics(1_700_000_000_500_000_000, lambda: [good, waiting, bad]).samples())
    stop.set()
    assert values[("onebook_start_time_seconds",)] == 1_700_000_000.5
    working = {name: values["onebook_thread_working", name] for name in ("good", "waiting", "bad")}
    assert working == {"good": 1, "waiting": 0, "bad": 0}
    failures = {name: values["onebook_thread_failures_total", name] for name in ("good", "waiting", "bad")}
    assert failures == {"good": 0, "waiting": 0, "bad": 1}
    assert {name for name, *_ in values} == {metric.name for metric in METRICS}
    for thread in (good, bad):
        thread.join(60)
