"""The recording of a server: the folder, the ring, the taps of the feeds, and the process that writes."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ConfigError
from ..loss_report import LossWords
from ..market.market import Market
from ..model import Pair
from ..neighbours import recording
from ..ring_child import RingChild, Words
from .source_table import SourceTable
from .state_sampler import StateSampler
from .venue_taps import VenueTaps, put_command

if TYPE_CHECKING:
    from recording import Counters, State
    from recording.bodies import BookState

LOCK_PATIENCE = 5.0
"""Seconds that a server waits for the recorder of a server that was killed to finish its work."""
STOP_PATIENCE = 15.0


@dataclass(frozen=True, slots=True)
class RecordingOptions:
    """`--data` and what belongs to it."""

    folder: Path
    ring_bytes: int
    keep_days: float = 0.0
    keep_gigabytes: float = 0.0


def recorder_words(folder: Path) -> Words:
    """What the log says of the recorder of this folder."""
    return Words(
        "recorder",
        f"all messages are recorded%s into {str(folder).replace('%', '%%')}",
        "nothing can be recorded",
        "recording",
        LossWords(
            "messages are lost for the recording: %d bytes wait for the recorder, more do not fit",
            "no message is lost any more; %d messages of %d bytes were, and the recording says where",
            "recording_lost",
        ),
    )


class ServerRecorder:
    """One server's recording. Made before the feeds, stopped after them."""

    def __init__(self, options: RecordingOptions) -> None:
        """Takes the folder. Raises ConfigError: it is none, may not be written, or is being recorded into."""
        try:
            self._folder = recording.made_folder(options.folder.absolute())
            self._lock = recording.FolderLock(self._folder, LOCK_PATIENCE)
            self._ring = recording.Ring.made(options.ring_bytes)
        except recording.RecordingError as error:
            raise ConfigError(f"data: {error}", ("data",)) from error
        self._table = SourceTable(self._ring)
        self._sampler: StateSampler | None = None
        retention = recording.Retention(options.keep_days, options.keep_gigabytes)
        self.child = RingChild(
            recorder_words(self._folder),
            recording.recorder_command(self._ring, self._folder, retention),
            self._ring,
            (self._ring.descriptor, self._lock.descriptor),
            lambda: recording.definition_lines(self._table.alive),
            self._table.deliver,
        )

    @property
    def counters(self) -> Counters:
        """What was recorded so far."""
        return self._ring.counters

    @property
    def state(self) -> tuple[State, str]:
        """The recorder's state, and what troubles the recorder."""
        return self._ring.state

    def begin(self, run: bytes) -> None:
        """Puts the first record; `run` is the body of RUN."""
        self._table.begin_run(run)

    def start(self) -> None:
        """Starts the process that writes."""
        self.child.start()

    def sample(self, markets: Mapping[Pair, Market]) -> None:
        """Puts the digests of these markets' books from now on, once per second."""
        self._sampler = StateSampler(markets, self.states)
        self._sampler.start()

    def taps(self, venue: str) -> VenueTaps:
        """The taps of one venue's feed."""
        return VenueTaps(venue, self._ring, self._table)

    def command(self, name: str, **details: str) -> None:
        """A command has changed the markets or venues of this process."""
        put_command(self._ring, name, **details)

    def states(self, books: Sequence[BookState]) -> None:
        """Digests of live books, at this moment."""
        self._put(recording.Kind.STATE, recording.bodies.states(books))

    def stop(self) -> None:
        """Ends the recording in order: all that was received is on the disk, and the segment is sealed."""
        if self._sampler is not None:
            self._sampler.stop()
        self._put(recording.Kind.END, b"")
        self.child.stop(STOP_PATIENCE)
        self._lock.close()

    def _put(self, kind: int, body: bytes) -> None:
        self._ring.put(recording.NO_SOURCE, kind, body, time.time_ns(), time.monotonic_ns())
