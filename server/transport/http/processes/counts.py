"""What the process of HTTP counts, as it tells the server: checked, and kept over its lives."""

from __future__ import annotations

import json
import threading
from collections import Counter
from dataclasses import dataclass, field

from ....delays import Delays
from ..http_counters import PROTOCOLS, HttpCounters
from .link_frames import BrokenFrameError, count

PROTOCOL_NAMES = tuple(name for _, name in PROTOCOLS)
CLASSES = ("1xx", "2xx", "3xx", "4xx", "5xx")


@dataclass(frozen=True)
class Counts:
    """Of one life, since its beginning."""

    turns: int = 0
    """Of its event loop."""
    cpu_nanos: int = 0
    """Processor time."""
    connections: int = 0
    """That are open."""
    refused: int = 0
    bytes: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    streams: dict[str, int] = field(default_factory=dict)
    """That are open, by protocol."""
    delays: Delays = field(default_factory=Delays)


def counts_of(body: bytes) -> Counts:
    """Raises BrokenFrameError."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BrokenFrameError("counts that are no JSON") from error
    if not isinstance(told, dict) or not isinstance(told.get("answers"), dict):
        raise BrokenFrameError("no counts")
    streams, listed, delays = told.get("streams"), told.get("delays"), Delays()
    if not isinstance(streams, dict) or not isinstance(listed, list) or len(listed) != len(delays.counts):
        raise BrokenFrameError("no counts")
    numbered = {str(place): each for place, each in enumerate(listed)}
    delays.add_counted([count(numbered, place) for place in numbered], count(told, "delay_nanos"))
    return Counts(
        turns=count(told, "turns"),
        cpu_nanos=count(told, "cpu_nanos"),
        connections=count(told, "connections"),
        refused=count(told, "refused"),
        bytes=count(told, "bytes"),
        answers=Counter({name: count(told["answers"], name) for name in CLASSES if name in told["answers"]}),
        streams={name: count(streams, name) for name in PROTOCOL_NAMES},
        delays=delays,
    )


class Connections:
    """Open connections of the process, and how many there may be."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.open = 0

    def __len__(self) -> int:
        return self.open


class AllCounts:
    """Of all lives together. Thread-safe."""

    def __init__(self, most_connections: int) -> None:
        self.connections = Connections(most_connections)
        self.ends = 0
        """Lives that have ended."""
        self._lock = threading.Lock()
        self._now = Counts()
        self._before = HttpCounters()
        self._delays_before = Delays()
        self._cpu_before = 0

    def take(self, counts: Counts) -> None:
        """The newest of the life of now."""
        with self._lock:
            self._now = counts
            self.connections.open = counts.connections

    def life_ended(self) -> None:
        """What the life has counted stays; what it had open is closed."""
        with self._lock:
            now, self._now = self._now, Counts()
            self.connections.open = 0
            self.ends += 1
            self._before.refused += now.refused
            self._before.bytes += now.bytes
            self._before.answers += now.answers
            self._delays_before.add_counted(now.delays.counts, now.delays.nanos)
            self._cpu_before += now.cpu_nanos

    @property
    def counters(self) -> HttpCounters:
        """As those of the port that a thread serves."""
        found = HttpCounters()
        with self._lock:
            found.refused = self._before.refused + self._now.refused
            found.bytes = self._before.bytes + self._now.bytes
            found.answers.update(self._before.answers)
            found.answers.update(self._now.answers)
        return found

    def open_streams(self) -> dict[str, int]:
        """How many streams of each protocol are open."""
        return dict.fromkeys(PROTOCOL_NAMES, 0) | self._now.streams

    def delays(self) -> Delays:
        """Of the messages of streams, from their publication until their connections have taken them."""
        found = Delays()
        with self._lock:
            for each in (self._delays_before, self._now.delays):
                found.add_counted(each.counts, each.nanos)
        return found

    @property
    def cpu_seconds(self) -> float:
        """Processor time of all lives."""
        with self._lock:
            return (self._cpu_before + self._now.cpu_nanos) / 1e9
