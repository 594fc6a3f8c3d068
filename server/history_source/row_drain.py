"""The loop of a process that writes a history: out of the ring, onto a disk, until the server is gone."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol

from ..errors import OnebookError
from ..history.intake import Row
from ..history.row_codec import decode
from ..neighbours import recording

if TYPE_CHECKING:
    from recording import Ring

log = logging.getLogger(__name__)

ROWS, FLUSH = 1, 2
"""Kinds of records: rows, and the wish to have all of them on the disk."""
POLL, RETRY = 0.05, 1.0
BATCH = 1 << 20
FLUSH_EVERY = 10.0
"""Seconds between two times at which all rows are written, and their space in the ring is given back."""
FULL = 0.25
"""The part of the ring from which on that happens at once."""
LAST_CHANCE = 10.0
"""Seconds to go on trying to write once the server is gone."""


class RowWriter(Protocol):
    """Takes rows, and writes them when they are due; see HistoryWriter and SqlWriter."""

    @property
    def trouble(self) -> OnebookError | None:
        """Why rows cannot be written now where they belong."""
        ...

    @property
    def blocked(self) -> OnebookError | None:
        """Why rows can be put nowhere but into memory."""
        ...

    def add(self, rows: Iterable[Row]) -> None: ...
    def turn(self) -> None: ...
    def save(self) -> None:
        """All rows are on some disk when this returns. Raises OnebookError."""

    def close(self) -> None: ...


class RowDrain:
    """Rows stay in the ring until they are on the disk: a successor of a process that was killed finds them there."""

    def __init__(
        self, ring: Ring, make_writer: Callable[[], RowWriter], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """`make_writer` raises OnebookError while it can write nowhere."""
        self._ring, self._make_writer, self._monotonic = ring, make_writer, monotonic
        self._writer: RowWriter | None = None
        self._read = ring.tail
        """Position behind the last record that the writer has."""
        self._flushed_at = monotonic()

    def run(self, gone: Callable[[float], bool]) -> bool:
        """Writes until the server is gone and all is written; False if something could not be written. `gone` waits for
        the server's end, at most so many seconds, and tells whether it has come."""
        while not gone(POLL if self.attempt() else RETRY):
            pass
        deadline = self._monotonic() + LAST_CHANCE
        while not self.attempt(ending=True):
            if self._monotonic() > deadline:
                return False
            time.sleep(POLL)
        assert self._writer is not None
        self._writer.close()
        self._ring.say(recording.State.ENDED)
        return True

    def attempt(self, *, ending: bool = False) -> bool:
        """Takes rows, and writes what is due, or all; False if nothing can be written now."""
        try:
            if self._writer is None:
                self._writer = self._make_writer()
            self._turn(self._writer, ending)
        except OnebookError as error:
            self._ring.say(recording.State.FAILING, str(error))
            return False
        blocked, trouble = self._writer.blocked, self._writer.trouble
        if blocked is not None:
            self._ring.say(recording.State.FAILING, str(blocked))
            return False
        self._ring.say(recording.State.RECORDING, str(trouble or ""))
        return True

    def _turn(self, writer: RowWriter, ending: bool) -> None:
        wanted = ending
        # While nothing can be written, rows wait in the ring and nowhere else.
        if writer.blocked is None:
            wanted |= self._take(writer)
        wanted |= self._ring.counters.behind > FULL * self._ring.capacity
        if wanted or self._monotonic() - self._flushed_at >= FLUSH_EVERY:
            writer.save()
            self._ring.advance(self._read)
            self._flushed_at = self._monotonic()
        else:
            writer.turn()

    def _take(self, writer: RowWriter) -> bool:
        """Hands rows to the writer; whether all of them are wanted on the disk."""
        wanted = False
        limit = self._read + int(FULL * self._ring.capacity)
        while self._read < limit and (batch := self._ring.collect(BATCH, self._read)) is not None:
            writer.add(decode(record.body) for record in batch.of((ROWS,)))
            wanted |= bool(batch.kinds & 1 << FLUSH)
            self._ring.count(batch.records, 0, 0)
            self._read = batch.end
        return wanted
