"""The history of a running server: the folder, the ring, and the process that writes."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from pathlib import Path

from ..errors import ConfigError
from ..history.errors import HistoryError, NumberError
from ..history.folder import day_of
from ..history.intake import Row
from ..history.retention import Retention
from ..history.row_codec import encode
from ..history.store import HistoryStore
from ..history.writer import locked_folder
from ..logs import about
from ..loss_report import LossWords
from ..neighbours import recording
from ..ring_child import RingChild, Words
from .history_listener import HistoryListener
from .history_process import command
from .row_drain import FLUSH, ROWS

log = logging.getLogger(__name__)

RING_BYTES = 32 << 20
LOCK_PATIENCE, STOP_PATIENCE = 5.0, 15.0
SETTLE_POLL = 0.01


class ServerHistory:
    """Made before the feeds, stopped after them."""

    def __init__(self, folder: Path, retention: Retention = Retention()) -> None:  # noqa: B008 (it is immutable)
        """Takes the folder. Raises ConfigError: it is none, may not be written, or another process writes there."""
        folder = folder.absolute()
        try:
            # The process of a server that was killed may have rows to write still.
            self._lock = locked_folder(folder, LOCK_PATIENCE)
            self._ring = recording.Ring.made(RING_BYTES)
        except (HistoryError, recording.RecordingError) as error:
            raise ConfigError(f"history: {error}", ("history",)) from error
        self.listener = HistoryListener(self.put)
        self.store = HistoryStore(folder)
        self.refused = 0
        """Rows that cannot be kept exactly."""
        descriptors = self._ring.descriptor, self._lock.descriptor
        self.child = RingChild(_words(folder), command(self._ring, folder, retention), self._ring, descriptors)

    @property
    def lost(self) -> int:
        """Rows that did not fit into the ring, as nothing could be written for long."""
        return self._ring.counters.lost

    def start(self) -> None:
        """Starts the process that writes."""
        self.child.start()

    def put(self, rows: Iterable[Row]) -> None:
        """Takes rows, and never waits."""
        now, monotonic = time.time_ns(), time.monotonic_ns()
        latest = day_of(now) + 1
        for row in rows:
            body = self._body(row, latest)
            if body is not None:
                self._ring.put(0, ROWS, body, now, monotonic)

    def settle(self, seconds: float) -> bool:
        """Waits until all rows that were put before are on the disk, at most so many seconds. False: they are not."""
        deadline = time.monotonic() + seconds
        if not self._ring.put(0, FLUSH, b"", time.time_ns(), time.monotonic_ns()):
            return False
        position = self._ring.head
        while self._ring.tail < position:
            if time.monotonic() > deadline:
                return False
            time.sleep(SETTLE_POLL)
        return True

    def stop(self) -> None:
        """Ends in order: all rows are on the disk."""
        self.child.stop(STOP_PATIENCE)
        self._lock.close()

    def _body(self, row: Row, latest: int) -> bytes | None:
        """The bytes of a row; None, counted and the first time logged, for a row that is refused."""
        try:
            if not 0 <= day_of(row.time) <= latest:
                raise NumberError(f"time {row.time} is before 1970 or more than a day ahead")
            return encode(row)
        except NumberError as error:
            if not self.refused:
                words = "a row of the history is refused (%s): %s"
                log.error(words, type(row).__name__, error, extra=about("history_refused"))
            self.refused += 1
            return None


def _words(folder: Path) -> Words:
    return Words(
        "history writer",
        f"the history is written%s into {str(folder).replace('%', '%%')}",
        "the history cannot be written",
        "history",
        LossWords(
            "rows of the history are lost: %d bytes wait to be written, more do not fit",
            "no row of the history is lost any more; %d rows of %d bytes were",
            "history_lost",
        ),
    )
