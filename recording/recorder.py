"""The loop of a recorder process: out of the ring, onto the disk, until the server is gone and the ring is empty."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from . import bodies
from .errors import RecordingError
from .layout import BLOCK_BYTES, BLOCK_NS, FLOOD_BLOCK_BYTES
from .payload import Payload
from .recording_writer import RecordingWriter
from .records import NO_SOURCE, Kind, Record
from .retention import Retention
from .ring import Intent, Ring, State
from .steady_time import SteadyTime

POLL = 0.05
"""Seconds between two looks at a ring that has less than a block."""
RETRY = 1.0
"""Seconds between two attempts to write where writing fails."""
LAST_CHANCE = 10.0
"""Seconds that a recorder whose server is gone goes on trying to write."""
RETENTION_SECONDS = 60.0


class Recorder:
    """Writes what comes out of one ring into one folder. What cannot be written stays in the ring."""

    def __init__(
        self,
        ring: Ring,
        folder: Path,
        definitions: Sequence[Record] = (),
        retention: Retention = Retention(),  # noqa: B008 (it is immutable)
        clock: Callable[[], int] = time.time_ns,
        monotonic: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """`definitions`: the run and the sources that are alive at the ring's oldest record."""
        self._ring, self._folder, self._definitions = ring, folder, definitions
        self._retention, self._clock, self._monotonic = retention, clock, monotonic
        self._steady = SteadyTime(clock, monotonic)
        self._writer: RecordingWriter | None = None
        # What is there at the start has waited for this recorder: its predecessor may have died.
        self._waiting_since: int | None = monotonic() - BLOCK_NS
        self._kept_at: int | None = None
        self._segment: Path | None = None

    def run(self, gone: Callable[[float], bool]) -> bool:
        """Records until the server is gone and all is written; False if something could not be written.

        `gone` waits for the server's end, at most this number of seconds, and tells whether it has come.
        """
        while not gone(POLL if self.attempt() else RETRY):
            pass
        deadline = self._monotonic() + LAST_CHANCE * 1e9
        while not self.attempt(ending=True):
            if self._monotonic() > deadline:
                return False
            time.sleep(POLL)
        self._ring.say(State.ENDED)
        return True

    def attempt(self, *, ending: bool = False) -> bool:
        """Writes what is due, or all of it and the segment's end; False if it cannot be written now."""
        try:
            writer = self._opened()
            while self._due(ending):
                self._write_block(writer)
            if ending:
                self._finish(writer)
            self._retain(writer)
        except (RecordingError, OSError) as error:
            self._ring.say(State.FAILING, str(error))
            return False
        self._ring.say(State.RECORDING)
        return True

    def _opened(self) -> RecordingWriter:
        """The writer; a new one looks first how far the recorder before it has come. Raises RecordingError."""
        if self._writer is None:
            writer = RecordingWriter(self._folder, self._clock)
            for record in self._definitions:
                writer.define(record)
            intent = self._ring.intent
            if intent is not None and writer.has(intent.segment, intent.block):
                self._ring.advance(intent.end)
            self._writer = writer
        return self._writer

    def _due(self, ending: bool) -> bool:
        """Whether there is a block to write: a full one, one whose first record is a second old, or the last one."""
        waiting = self._ring.counters.behind
        if not waiting:
            self._waiting_since = None
            return False
        if self._waiting_since is None:
            self._waiting_since = self._monotonic()
        return ending or waiting >= BLOCK_BYTES or self._monotonic() - self._waiting_since >= BLOCK_NS

    def _write_block(self, writer: RecordingWriter) -> None:
        waiting = self._ring.counters.behind
        batch = self._ring.collect(min(FLOOD_BLOCK_BYTES, max(BLOCK_BYTES, waiting // 2)))
        if batch is None:
            return
        before = writer.bytes

        def intend(segment: int, block: int) -> None:
            self._ring.intend(Intent(segment, block, batch.end))

        writer.write(batch, intend)
        self._ring.count(batch.records, writer.bytes - before, 1)
        self._ring.advance(batch.end)
        self._waiting_since = None

    def _finish(self, writer: RecordingWriter) -> None:
        """Writes what was lost at the end, and seals the segment."""
        lost = self._ring.pending_loss
        if lost is not None:
            last = Payload()
            last.add(Record(Kind.LOST, NO_SOURCE, bodies.lost(*lost), self._clock(), self._monotonic()))
            writer.write(last)
            self._ring.forget_loss()
        writer.close()

    def _retain(self, writer: RecordingWriter) -> None:
        """Removes old segments: with each new segment, and once a minute."""
        now = self._monotonic()
        fresh = self._kept_at is not None and now - self._kept_at < RETENTION_SECONDS * 1e9
        if fresh and writer.path == self._segment:
            return
        self._kept_at, self._segment = now, writer.path
        self._retention.apply(self._folder, self._steady(), writer.path)
