"""Fetches books for all connections of one venue, within its limits, on threads of their own, most wanted first."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import count

from .. import clock
from ..connection.effects import FetchSnapshot
from ..connection.session import Session
from ..connection.venue_log import VenueLog
from ..errors import ThrottledError, VenueError
from ..logs import about
from ..network.rest_client import RestClient
from ..network.rest_tap import HeldRecord, receipt
from ..repeats import Repeats
from ..threads import Supervised
from .ask import ask

log = logging.getLogger(__name__)
WORKERS = 3


class Rank(IntEnum):
    """What goes first."""

    WATCHED = 0
    """A book with subscribers has to be built."""
    START = 1
    QUIET = 2
    """The book is live already."""
    AUDIT = 3
    LAST = 4
    """The end of the workers."""


@dataclass(frozen=True, order=True, slots=True)
class _Job:
    rank: Rank
    number: int
    run: Callable[[], None] | None = field(default=None, compare=False)
    """None ends a worker."""


class SnapshotScheduler:
    """A queue of wanted snapshots and a few workers: a slow answer for one pair does not delay other pairs. `watched`
    tells whether the pair of an instrument's symbol has subscribers."""

    def __init__(
        self,
        venue: str,
        rest: RestClient,
        stop: threading.Event,
        watched: Callable[[str], bool] = lambda _symbol: False,
    ) -> None:
        self._venue = venue
        self._failures = Repeats()
        self._rest = rest
        self._stop = stop
        self._watched = watched
        self._numbers = count()
        self._jobs: queue.PriorityQueue[_Job] = queue.PriorityQueue()
        self.threads = [Supervised(f"snapshots-{venue}-{number}", self._run, stop) for number in range(WORKERS)]

    def start(self) -> None:
        """Starts the workers."""
        for thread in self.threads:
            thread.start()

    def fetch(self, session: Session, fetch: FetchSnapshot) -> None:
        """Queues a snapshot; its answer goes to the session."""
        rank = self._rank(fetch)
        self.run(rank, lambda: self._serve(session, fetch, rank))

    def run(self, rank: Rank, job: Callable[[], None]) -> None:
        """Queues any other request to the venue."""
        self._jobs.put(_Job(rank, next(self._numbers), job))

    def close(self, timeout: float) -> None:
        """Ends the workers; `stop` must have been set."""
        for _ in self.threads:
            self._jobs.put(_Job(Rank.LAST, next(self._numbers)))
        for thread in self.threads:
            if thread.is_alive():
                thread.join(timeout)

    def _rank(self, fetch: FetchSnapshot) -> Rank:
        if fetch.audit:
            return Rank.AUDIT
        if fetch.quiet:
            return Rank.QUIET
        return Rank.WATCHED if self._watched(fetch.sync.plan.instrument.symbol) else Rank.START

    def _run(self) -> None:
        while not self._stop.is_set():
            job = self._jobs.get()
            if job.run is None or self._stop.is_set():
                return
            try:
                job.run()
            except Exception as error:
                # A defect of ours in one answer must not end the venue's snapshots, and must not pass unseen.
                left_out = self._failures.admit(type(error).__name__)
                if left_out is not None:
                    words = "%s: a request failed (%d more lines were left out)"
                    log.exception(words, self._venue, left_out, extra=about("defect", venue=self._venue))

    def _serve(self, session: Session, fetch: FetchSnapshot, rank: Rank) -> None:
        if fetch.stale:
            return  # It has waited too long: what it costs is for those who are still there.
        if rank >= Rank.QUIET and self._rest.budget.tight():
            # A live book can wait: what is left of the budget is for books that have to be built.
            later, at = ThrottledError("the request budget is needed elsewhere", 10.0), receipt()
            with session.lock:
                self._rest.deferred(fetch.request, later, at)
                session.snapshot_failed(fetch, str(later), at.monotonic, later.retry_after)
            return
        record = HeldRecord()
        try:
            body = ask(session.venue, self._rest, fetch.request, self._stop, record)
        except VenueError as error:
            wait = error.retry_after if isinstance(error, ThrottledError) else 0.0
            instrument = fetch.sync.plan.instrument
            words = f"no snapshot of {instrument.symbol}: {error}"
            VenueLog(log, session.venue).warning(words, "no snapshot", "no_snapshot", instrument.pair)
            # Whatever has a class of its own means trouble; the rest is an answer, and it says no.
            refused = type(error) is VenueError
            at = receipt()
            with session.lock:
                record.put(at)
                session.snapshot_failed(fetch, str(error), at.monotonic, wait, refused=refused)
            return
        try:
            at = receipt()
            # Under one lock, so that a recording has the answer between the messages between which the book had it.
            with session.lock:
                record.put(at)
                session.snapshot(fetch, body, at)
        except Exception as error:
            # A defect of ours in one answer: the book is asked for again, and the traceback says why.
            VenueLog(log, session.venue).failed("a snapshot could not be used", error)
            session.snapshot_failed(fetch, "internal error, see the log", clock.monotonic_ns(), 0.0)
