"""Fetches snapshots for all connections of one venue, within its limits, on threads of their own."""

from __future__ import annotations

import logging
import queue
import threading
import time
from dataclasses import dataclass

from ..errors import ThrottledError, VenueError
from ..model import Receipt
from ..protocol.actions import FetchSnapshot
from ..protocol.session import Session
from .rest import RestClient

log = logging.getLogger(__name__)
WORKERS = 3


@dataclass(frozen=True, slots=True)
class _Job:
    session: Session
    fetch: FetchSnapshot


class SnapshotScheduler:
    """A queue of wanted snapshots and a few workers: one slow answer does not hold up another pair's."""

    def __init__(self, venue: str, rest: RestClient, stop: threading.Event) -> None:
        self._rest = rest
        self._stop = stop
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._run, name=f"snapshots-{venue}-{number}", daemon=True)
            for number in range(WORKERS)
        ]

    def start(self) -> None:
        """Starts the workers."""
        for thread in self._threads:
            thread.start()

    def fetch(self, session: Session, fetch: FetchSnapshot) -> None:
        """Queues a snapshot; its answer goes to the session."""
        self._jobs.put(_Job(session, fetch))

    def close(self, timeout: float) -> None:
        """Ends the workers; `stop` must have been set."""
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None and not self._stop.is_set():
            self._serve(job)

    def _serve(self, job: _Job) -> None:
        session, fetch = job.session, job.fetch
        try:
            body = self._rest.get(fetch.request, self._stop)
        except VenueError as error:
            wait = error.retry_after if isinstance(error, ThrottledError) else 0.0
            log.warning("%s: no snapshot of %s: %s", session.venue.NAME, fetch.sync.plan.instrument.symbol, error)
            session.snapshot_failed(fetch, str(error), time.monotonic_ns(), wait)
        else:
            session.snapshot(fetch, body, Receipt(time.time_ns(), time.monotonic_ns()))
