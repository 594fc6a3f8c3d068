"""Plays the records of a recording, in their order, at a chosen speed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Protocol

from ..clock import PlayedClock
from ..logs import about
from ..model import Receipt
from ..neighbours import recording
from .errands import Errands
from .plan_of import PlanError, socket_plan
from .played_feed import PlayedFeed, RecordedConnection
from .played_pace import PlayedPace
from .played_rest import PlayedRest, Reply
from .played_run import PlayedRun
from .played_tables import PlayedTables
from .state_check import StateCheck

log = logging.getLogger(__name__)

Kind = recording.Kind
Found = recording.Record | recording.RecordTable
ByKind = dict[int, Callable[[recording.Record], None]]
APART = frozenset({Kind.TICK, Kind.STATE, Kind.LOST})
"""Records that change nothing of other connections."""
LATEST = 2**63 - 1
"""The end of all times."""


def _each(found: Iterable[Found]) -> Iterator[recording.Record]:
    """One by one."""
    for each in found:
        if isinstance(each, recording.RecordTable):
            yield from each.left()
        else:
            yield each


class Stage(Protocol):
    """What the player plays on."""

    step: int
    """Nanoseconds of the recording between two publications at least, while there is more to play."""

    def begin(self, run: PlayedRun) -> None:
        """A server began to record with these settings."""

    def open(self, begin: int) -> None:
        """The replay is heard from now on, with the books of this time (nanoseconds UTC; 0: the start)."""

    def feed(self, venue: str) -> PlayedFeed | None:
        """The feed of a venue; None where the replay was asked to leave it out."""

    def command(self, name: str, venue: str, pair: str) -> None:
        """A command to the recorded server; texts are empty where it names none."""

    def turn(self, wait: float) -> None:
        """Publishes what has changed, after waiting at most this number of seconds for a change."""


class Player:
    """One replay. All records are played by the thread that calls play()."""

    def __init__(
        self, stage: Stage, clock: PlayedClock, errands: Errands[Reply], check: StateCheck, speed: float = 0.0
    ) -> None:
        """`speed`: seconds of the recording per second; 0 is as fast as possible."""
        self.records = 0
        self.before = 0
        """Records that were played before the begin: for the books of that time."""
        self.frames = 0
        """Messages of venues that were played."""
        self.lost: list[str] = []
        """What the recording itself says that it has not."""
        self._stage, self._clock, self._errands, self._check = stage, clock, errands, check
        self._pace = PlayedPace(speed, stage.turn) if speed else None
        self._connections: dict[int, RecordedConnection] = {}
        self._tables = PlayedTables(clock, errands, self._connections)
        self._rest: dict[int, PlayedRest] = {}
        self._published = 0

    def play(
        self,
        records: Iterable[Found],
        begin: int,
        stop: Callable[[], bool],
        ready: Callable[[], None] = lambda: None,
    ) -> None:
        """Plays all records: those before `begin` (nanoseconds UTC) as fast as possible and unheard, the others at the
        speed.

        `ready` is called in between, or at the end if `begin` is behind it. Returns early when `stop` says so.
        """
        rest = iter(records)
        first = self._play_unheard(rest, begin, stop) if begin else None
        if stop():
            return
        if first is not None and first.kind != Kind.RUN:
            self._clock.set(first.time, first.monotonic)
        ready()
        self._stage.open(begin)
        self._play_heard(rest if first is None else chain((first,), rest), stop)
        self._stage.turn(0.0)
        self._check.settle(last=True)

    def _play_unheard(
        self, found: Iterator[Found], begin: int, stop: Callable[[], bool]
    ) -> recording.Record | None:  # fmt: skip
        """Plays what is before `begin`, so that books are right then; returns the first record behind."""
        by_kind = self._by_kind()
        del by_kind[Kind.STATE], by_kind[Kind.LOST]
        connections, clock, errands, received = self._connections, self._clock, self._errands, Kind.RECEIVED
        for record in _each(found):
            kind, source, body, utc, monotonic = record
            if stop():
                return None
            if utc >= begin:
                return record
            self.before += 1
            at = clock.set(utc, monotonic) if kind != Kind.RUN else 0
            if kind == received:
                connection = connections.get(source)
                if connection is not None:
                    connection.received(body, Receipt(utc, at))
            elif (play_one := by_kind.get(kind)) is not None:
                self._guarded(play_one, record)
            if clock.elapsed >= errands.next:
                errands.advance()
        return None

    def _play_heard(self, found: Iterable[Found], stop: Callable[[], bool]) -> None:
        by_kind = self._by_kind()
        if self._pace is not None:
            for record in _each(found):
                self._pace.wait_for(record, stop)
                if stop():
                    return
                self._play_one(record, by_kind)
            return
        for each in found:
            if stop():
                return
            if isinstance(each, recording.RecordTable):
                self._play_table(each, by_kind, stop)
            else:
                self._play_one(each, by_kind)

    def _play_one(self, record: recording.Record, by_kind: ByKind) -> None:
        kind, source, body, utc, monotonic = record
        self.records += 1
        at = self._clock.set(utc, monotonic) if kind != Kind.RUN else 0
        if kind == Kind.RECEIVED:
            connection = self._connections.get(source)
            if connection is not None:
                self.frames += 1
                self._tables.disturb(source)
                connection.received(body, Receipt(utc, at))
        else:
            if kind not in APART:
                self._tables.disturb()
            play_one = by_kind.get(kind)
            if play_one is not None:
                self._guarded(play_one, record)
        self._let_pass()

    def _play_table(self, table: recording.RecordTable, by_kind: ByKind, stop: Callable[[], bool]) -> None:
        """As each record by itself; messages in plain order go through C, as many as follow one another."""
        errands, step = self._errands, self._stage.step
        while table.next < table.count and not stop():
            first = table.next
            until = min(errands.next, self._published + step, LATEST)
            messages = self._tables.take(table, until)
            if table.next > first:
                self.records += table.next - first
                self.frames += messages
                self._let_pass()
            over = table.next > first and self._clock.elapsed >= until
            if table.next < table.count and not over:  # The next record is no plain message.
                self._play_one(table.take(), by_kind)

    def _let_pass(self) -> None:
        """Does what is due at the time of the record that was played."""
        elapsed = self._clock.elapsed
        if elapsed >= self._errands.next:
            self._tables.disturb()
            self._errands.advance()
        if elapsed - self._published >= self._stage.step:
            self._published = elapsed
            self._stage.turn(0.0)

    # -- records ---------------------------------------------------------------------------------------------------

    def _by_kind(self) -> ByKind:
        return {
            Kind.RUN: self._run, Kind.SOURCE: self._source, Kind.OPENED: self._opened, Kind.SENT: self._sent,
            Kind.CLOSED: self._closed, Kind.TICK: self._tick, Kind.ANSWER: self._answer, Kind.FAILED: self._failed,
            Kind.STATE: self._state, Kind.LOST: self._lost, Kind.COMMAND: self._command,
        }  # fmt: skip

    def _guarded(self, play_one: Callable[[recording.Record], None], record: recording.Record) -> None:
        """A record that cannot be read is a gap; the others are played."""
        try:
            play_one(record)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            kind = Kind(record.kind).name
            self._lost_words(f"a record of kind {kind} cannot be read: {error!r:.120}")

    def _run(self, record: recording.Record) -> None:
        self._clock.begin_run(record.time, record.monotonic)
        for connection in self._connections.values():
            connection.closed("the recorded server was started anew")
            connection.stop()
        self._connections.clear()
        self._tables.forget()
        self._rest.clear()
        self._stage.begin(PlayedRun.of(record.body))

    def _source(self, record: recording.Record) -> None:
        read = recording.bodies.unpacked(record.body)
        number = int(read["source"])
        if read.get("ended"):
            self._rest.pop(number, None)
            ended = self._connections.pop(number, None)
            self._tables.forget(number)
            if ended is not None:
                ended.stop()
            return
        feed = self._stage.feed(str(read["venue"]))
        if feed is None:
            return
        if read["connection"] == recording.bodies.REST:
            self._rest[number] = feed.rest
            return
        try:
            plan = socket_plan(feed.venue, feed.options, read["members"])
        except PlanError as error:
            self._lost_words(str(error))
            return
        predecessor = self._connections.get(int(read.get("predecessor", 0)))
        self._connections[number] = feed.connect(plan, predecessor)
        self._tables.bind(number)

    def _opened(self, record: recording.Record) -> None:
        if (connection := self._connections.get(record.source)) is not None:
            connection.opened()

    def _sent(self, record: recording.Record) -> None:
        if (connection := self._connections.get(record.source)) is not None:
            connection.sent(record.body.decode("utf-8", "replace"))

    def _closed(self, record: recording.Record) -> None:
        if (connection := self._connections.get(record.source)) is not None:
            connection.closed(record.body.decode("utf-8", "replace"))

    def _tick(self, record: recording.Record) -> None:
        if (connection := self._connections.get(record.source)) is not None:
            connection.ticked()
            self._tables.ticked(record.source)

    def _answer(self, record: recording.Record) -> None:
        if (rest := self._rest.get(record.source)) is not None:
            answer = recording.bodies.answer_of(record.body)
            rest.answered(answer.method, answer.path, Reply(answer.status, answer.headers, answer.body))

    def _failed(self, record: recording.Record) -> None:
        if (rest := self._rest.get(record.source)) is not None:
            read = recording.bodies.unpacked(record.body)
            words, wait = str(read["error"]) or "no answer", float(read.get("retry_after", 0.0))
            rest.answered(read["method"], read["path"], Reply(0, None, b"", words, str(read["class"]), wait))

    def _state(self, record: recording.Record) -> None:
        self._check.recorded(recording.bodies.states_of(record.body))

    def _command(self, record: recording.Record) -> None:
        read = recording.bodies.unpacked(record.body)
        self._stage.command(str(read["command"]), str(read.get("venue", "")), str(read.get("pair", "")))

    def _lost(self, record: recording.Record) -> None:
        read = recording.bodies.unpacked(record.body)
        self._lost_words(read["damage"] if "damage" in read else f"{read['messages']} messages were not recorded")

    def _lost_words(self, words: str) -> None:
        self.lost.append(words)
        log.warning("%s", words, extra=about("replay"))
