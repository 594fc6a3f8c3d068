"""Watching a server while its venues misbehave: every state, every book served, and the truth of each step."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import grpc

from onebook.v1 import market_data_pb2 as pb
from onebook.v1 import types_pb2
from tests.waiting import eventually

from .books import rows_of
from .processes import PATIENCE, Row, Server, Simulator

DEPTH = 20
LIVE = types_pb2.VENUE_STATE_LIVE
Sides = tuple[list[Row], list[Row]]


class Pacer:
    """Moves a manual market at a steady pace and notes the true top of the watched books after every step."""

    def __init__(self, simulator: Simulator, pace: float = 12.0) -> None:
        self._simulator = simulator
        self._pause = 1.0 / pace
        self._lock = threading.Lock()
        self._watched: tuple[tuple[str, str], ...] = ()
        self._truths: dict[tuple[str, str], dict[int, list[Sides]]] = defaultdict(lambda: defaultdict(list))
        self._newest: dict[tuple[str, str], int] = {}
        self._stop = threading.Event()
        self.failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="pacer", daemon=True)
        self._thread.start()

    def watch(self, venues: Sequence[str], pair: str) -> None:
        """From now on the truths of these books are noted."""
        with self._lock:
            self._watched = tuple((venue, pair) for venue in venues)

    def newest(self, venue: str, pair: str) -> int:
        """Sequence of the newest truth noted; 0 before the first."""
        if self.failure is not None:
            raise AssertionError("the pacer failed") from self.failure
        return self._newest.get((venue, pair), 0)

    def truths(self, venue: str, pair: str, sequence: int) -> list[Sides]:
        """The true tops that had this sequence; none if it was no step's."""
        return self._truths[venue, pair].get(sequence, [])

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stop.wait(self._pause):
                self._simulator.step()
                with self._lock:
                    watched = self._watched
                for key in watched:
                    truth = self._simulator.truth(*key, DEPTH)
                    self._truths[key][truth.sequence].append((truth.bids, truth.asks))
                    self._newest[key] = truth.sequence
        except BaseException as error:
            self.failure = error


@dataclass(frozen=True)
class Moment:
    """One venue's quality entry at one time (monotonic seconds)."""

    at: float
    state: int
    detail: str
    gaps: int
    resyncs: int

    @property
    def live(self) -> bool:
        return self.state == LIVE

    @property
    def name(self) -> str:
        return types_pb2.VenueState.Name(types_pb2.VenueState.ValueType(self.state)).removeprefix("VENUE_STATE_")


@dataclass
class Served:
    """One book served as live."""

    at: float
    sequence: int
    sides: Sides


@dataclass
class History:
    """What was seen of one venue and pair."""

    moments: list[Moment] = field(default_factory=list)
    books: list[Served] = field(default_factory=list)

    @property
    def now(self) -> Moment | None:
        return self.moments[-1] if self.moments else None

    @property
    def live(self) -> bool:
        return self.now is not None and self.now.live

    def since(self, at: float) -> list[Moment]:
        """The moments after `at`, without those that say the same as the one before them."""
        changed = []
        before: Moment | None = None
        for moment in list(self.moments):
            said = (moment.state, moment.gaps, moment.resyncs)
            if moment.at >= at and (before is None or said != (before.state, before.gaps, before.resyncs)):
                changed.append(moment)
            before = moment
        return changed


class Watch:
    """The states of some pairs, and the served books of one of them, each collected by a thread."""

    def __init__(self, server: Server, venues: Sequence[str], pairs: Sequence[str], booked: str) -> None:
        self.venues = tuple(venues)
        self.booked = booked
        self.histories = {(venue, pair): History() for venue in venues for pair in pairs}
        self.failures: list[str] = []
        self._closing = False
        self._channel = grpc.insecure_channel(server.address, [("grpc.use_local_subchannel_pool", 1)])
        self._calls: list[Any] = []
        self._threads: list[threading.Thread] = []
        for pair in pairs:
            self._collect("StreamVenueStatus", pb.StreamVenueStatusRequest(market=pair), self._status)
        for venue in venues:
            request = pb.StreamVenueBookRequest(market=booked, venue=venue, levels=DEPTH)
            self._collect("StreamVenueBook", request, self._book)

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing = True
        for call in self._calls:
            call.cancel()
        for thread in self._threads:
            thread.join()
        self._channel.close()

    def of(self, venue: str, pair: str | None = None) -> History:
        return self.histories[venue, pair or self.booked]

    def wait_live(
        self, venues: Sequence[str] | None = None, pairs: Sequence[str] | None = None, timeout: float = PATIENCE
    ) -> None:
        """Waits until these are all live."""
        keys = [key for key in self.histories if key[0] in (venues or self.venues) and (not pairs or key[1] in pairs)]
        eventually(
            lambda: all(self.histories[key].live for key in keys),
            f"{keys} live",
            timeout,
        )

    def _collect(self, method: str, request: Any, take: Callable[[Any], None]) -> None:
        response = getattr(pb, method + "Response")
        path = f"/onebook.v1.MarketDataService/{method}"
        call = self._channel.unary_stream(
            path, request_serializer=type(request).SerializeToString, response_deserializer=response.FromString
        )(request)

        def run() -> None:
            try:
                for message in call:
                    take(message)
            except grpc.RpcError as error:
                if not self._closing:
                    self.failures.append(f"{method}: {error}")

        self._calls.append(call)
        self._threads.append(threading.Thread(target=run, name=method, daemon=True))
        self._threads[-1].start()

    def _status(self, message: pb.StreamVenueStatusResponse) -> None:
        now = time.monotonic()
        for entry in message.status.venues:
            history = self.histories.get((entry.venue, message.status.market))
            if history is not None:
                history.moments.append(Moment(now, entry.state, entry.detail, entry.gaps, entry.resyncs))

    def _book(self, message: pb.StreamVenueBookResponse) -> None:
        book, now = message.book, time.monotonic()
        entry = book.venues[0]
        history = self.histories[entry.venue, book.market]
        if entry.state == LIVE:
            history.books.append(Served(now, entry.venue_sequence, rows_of(book)))
        elif book.bids or book.asks:
            self.failures.append(f"{entry.venue} {book.market}: levels were served while {entry.state}")


def wrong_books(watch: Watch, pacer: Pacer, venue: str, after: float = 0.0) -> tuple[int, list[Served]]:
    """How many served books could be compared with the truth of their sequence, and those that differed."""
    compared, wrong = 0, []
    for served in list(watch.of(venue).books):
        truths = pacer.truths(venue, watch.booked, served.sequence)
        if truths and served.at >= after:
            compared += 1
            if served.sides not in truths:
                wrong.append(served)
    return compared, wrong


def wait_true(watch: Watch, pacer: Pacer, venue: str) -> None:
    """Waits until the venue is live and serves the truth of a step later than now."""
    began = time.monotonic()
    first = pacer.newest(venue, watch.booked)
    history = watch.of(venue)

    def true() -> bool:
        newest = pacer.newest(venue, watch.booked)
        if not history.live or newest == first or not history.books:
            return False
        served = history.books[-1]
        return served.at > began and served.sides in pacer.truths(venue, watch.booked, served.sequence)

    eventually(true, f"{venue} {watch.booked} live and true again, was {history.now}")
