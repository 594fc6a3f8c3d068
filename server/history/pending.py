"""Rows that wait to be written: when each kind is due, and how many may wait."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from .day_file import Entry
from .schema import Kind

WEIGHT_BYTES = 256
"""A row of more bytes counts as several rows."""


class Queue(NamedTuple):
    """Rows of one kind that may wait equally long."""

    kind: Kind
    delay: float
    """Seconds that the oldest row may wait."""


@dataclass(slots=True)
class _Waiting:
    """The rows of one queue."""

    since: float
    """When the oldest row was added, seconds of the writer's clock."""
    by_day: dict[int, list[Entry]] = field(default_factory=dict)
    weight: int = 0


class Pending:
    """A bounded buffer. Where it overflows, the oldest rows of the longest queue are dropped, and counted."""

    def __init__(self, most: int) -> None:
        """`most`: rows, a row of many bytes counting as several."""
        self._most = most
        self._waiting: dict[Queue, _Waiting] = {}
        self._weight = 0
        self.dropped: Counter[Kind] = Counter()
        """Rows that were dropped."""

    def __len__(self) -> int:
        return sum(len(entries) for each in self._waiting.values() for entries in each.by_day.values())

    def add(self, queue: Queue, day: int, entry: Entry, now: float) -> None:
        """Adds a row of this day. `now`: seconds of the writer's clock."""
        waiting = self._waiting.get(queue)
        if waiting is None:
            waiting = self._waiting[queue] = _Waiting(now)
        waiting.by_day.setdefault(day, []).append(entry)
        weight = _weight(entry)
        waiting.weight += weight
        self._weight += weight
        if self._weight > self._most:
            self._drop()

    def due(self, now: float) -> list[Queue]:
        """The queues whose oldest row has waited long enough."""
        return [queue for queue, each in self._waiting.items() if now - each.since >= queue.delay]

    def all(self) -> list[Queue]:
        """The queues that have rows."""
        return list(self._waiting)

    def batches(self, queues: Iterable[Queue]) -> list[tuple[int, dict[Kind, list[Entry]]]]:
        """The rows of these queues by day, earliest first. They stay until done()."""
        found: defaultdict[int, dict[Kind, list[Entry]]] = defaultdict(dict)
        for queue in queues:
            for day, entries in self._waiting[queue].by_day.items():
                found[day].setdefault(queue.kind, []).extend(entries)
        return sorted(found.items())

    def done(self, queues: Iterable[Queue], day: int) -> None:
        """The rows of these queues and this day are written."""
        for queue in queues:
            waiting = self._waiting.get(queue)
            if waiting is not None and day in waiting.by_day:
                self._remove(queue, day, len(waiting.by_day[day]))

    def _drop(self) -> None:
        """Drops a sixteenth of all at once: one row at a time would move the others each time."""
        queue = max(self._waiting, key=lambda each: self._waiting[each].weight)
        by_day = self._waiting[queue].by_day
        day = min(by_day)
        excess, count = self._most // 16 + 1, 0
        for entry in by_day[day]:
            if excess <= 0:
                break
            excess -= _weight(entry)
            count += 1
        self.dropped[queue.kind] += count
        self._remove(queue, day, count)

    def _remove(self, queue: Queue, day: int, count: int) -> None:
        """Removes the oldest rows of a queue and a day."""
        waiting = self._waiting[queue]
        entries = waiting.by_day[day]
        weight = sum(map(_weight, entries[:count]))
        waiting.weight -= weight
        self._weight -= weight
        del entries[:count]
        if not entries:
            del waiting.by_day[day]
        if not waiting.by_day:
            del self._waiting[queue]


def _weight(entry: Entry) -> int:
    last = entry[1][-1]
    return 1 + len(last) // WEIGHT_BYTES if isinstance(last, (str, bytes)) else 1
