"""Which topics have something to publish, and from when on: a pass of the dispatcher visits these and no others."""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush

from .topics import StateTopic


class DueTopics:
    """Marked by any thread, taken by the dispatcher's."""

    def __init__(self) -> None:
        self._marked: deque[StateTopic] = deque()
        self._later: list[tuple[int, int, StateTopic]] = []
        """A heap: when, the order of marks, and the topic."""
        self._number = 0

    def mark(self, *topics: StateTopic) -> None:
        """The topics are dirty. Marking a topic twice costs one check when it is taken."""
        self._marked.extend(topics)

    def take(self, now: int) -> list[StateTopic]:
        """The dirty topics that may be published now (monotonic nanoseconds), each once."""
        if len(self._marked) == 1 and not self._later:
            return self._take_one(now)
        found: dict[StateTopic, None] = {}
        while self._marked:
            topic = self._marked.popleft()
            due = topic.due(now)
            if due <= now:
                found[topic] = None
            else:
                self._number += 1
                heappush(self._later, (due, self._number, topic))
        while self._later and self._later[0][0] <= now:
            found[heappop(self._later)[2]] = None
        return [topic for topic in found if topic.dirty and not topic.dropped]

    def _take_one(self, now: int) -> list[StateTopic]:
        """The usual case, without what several need."""
        topic = self._marked.popleft()
        due = topic.due(now)
        if due <= now:
            return [topic] if topic.dirty and not topic.dropped else []
        self._number += 1
        heappush(self._later, (due, self._number, topic))
        return []

    @property
    def next(self) -> int | None:
        """When the next topic may be published; None if no topic waits."""
        return self._later[0][0] if self._later else None
