"""Rows that wait to be written: when each kind is due, and how many may wait."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
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


class Pending:
    """A bounded buffer. Where it overflows, the oldest rows of the longest queue are dropped, and counted."""

    def __init__(self, most: int) -> None:
        """`most`: rows, a row of many bytes counting as several."""
        self._most = most
        self._rows: dict[Queue, dict[int, list[Entry]]] = {}
        """By queue and day."""
        self._since: dict[Queue, float] = {}
        """When the oldest row of a queue was added."""
        self._weights: Counter[Queue] = Counter()
        self.dropped: Counter[Kind] = Counter()
        """Rows that were dropped."""

    def __len__(self) -> int:
        return sum(len(entries) for by_day in self._rows.values() for entries in by_day.values())

    def add(self, queue: Queue, day: int, entry: Entry, now: float) -> None:
        """Adds a row of this day. `now`: seconds of the writer's clock."""
        self._since.setdefault(queue, now)
        self._rows.setdefault(queue, {}).setdefault(day, []).append(entry)
        self._weights[queue] += _weight(entry)
        if self._weights.total() > self._most:
            self._drop()

    def due(self, now: float) -> list[Queue]:
        """The queues whose oldest row has waited long enough."""
        return [queue for queue, since in self._since.items() if now - since >= queue.delay]

    def all(self) -> list[Queue]:
        """The queues that have rows."""
        return list(self._since)

    def batches(self, queues: Iterable[Queue]) -> Iterator[tuple[int, dict[Kind, list[Entry]]]]:
        """The rows of these queues by day, earliest first. They stay until done()."""
        found: defaultdict[int, dict[Kind, list[Entry]]] = defaultdict(dict)
        for queue in queues:
            for day, entries in self._rows[queue].items():
                found[day].setdefault(queue.kind, []).extend(entries)
        yield from sorted(found.items())

    def done(self, queues: Iterable[Queue], day: int) -> None:
        """The rows of these queues and this day are written."""
        for queue in queues:
            written = self._rows.get(queue, {}).pop(day, [])
            self._weights[queue] -= sum(map(_weight, written))
            self._forget_if_empty(queue)

    def _drop(self) -> None:
        """Drops a sixteenth of all at once: one row at a time would move the others each time."""
        queue = max(self._rows, key=lambda each: self._weights[each])
        day = min(self._rows[queue])
        entries = self._rows[queue][day]
        excess, count = self._most // 16 + 1, 0
        while excess > 0 and count < len(entries):
            weight = _weight(entries[count])
            self._weights[queue] -= weight
            excess -= weight
            count += 1
        del entries[:count]
        self.dropped[queue.kind] += count
        if not entries:
            del self._rows[queue][day]
        self._forget_if_empty(queue)

    def _forget_if_empty(self, queue: Queue) -> None:
        if not self._rows.get(queue):
            self._rows.pop(queue, None)
            self._since.pop(queue, None)
            self._weights.pop(queue, None)


def _weight(entry: Entry) -> int:
    last = entry[1][-1]
    return 1 + (len(last) // WEIGHT_BYTES if isinstance(last, (str, bytes)) else 0)
