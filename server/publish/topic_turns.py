"""Whose topic is published when there is more to publish than time: the server's own first, then clients in turn."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence

from .topics import StateTopic

# Nanoseconds of a pass, after which trades and the default topics have their turn again.
PASS = 5_000_000
# Nanoseconds of one client in a turn.
SLICE = 500_000


class TopicTurns:
    """Divides the dispatcher's time among the owners of topics."""

    def __init__(self, publish: Callable[[StateTopic], None], clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._publish = publish
        self._clock = clock

    def publish(self, topics: Sequence[StateTopic]) -> list[StateTopic]:
        """Publishes as many of these topics as the pass has time for; returns the other topics."""
        lanes: dict[str, deque[StateTopic]] = {}
        for topic in topics:
            if topic.owner:
                lanes.setdefault(topic.owner, deque()).append(topic)
            else:
                self._publish(topic)
        return self._take_turns(lanes) if lanes else []

    def _take_turns(self, lanes: dict[str, deque[StateTopic]]) -> list[StateTopic]:
        """Of each owner what has waited longest first, and the owner who has waited longest first."""
        end = self._clock() + PASS
        waiting = deque(
            sorted((deque(sorted(lane, key=_age)) for lane in lanes.values()), key=lambda lane: _age(lane[0]))
        )
        while waiting and self._clock() <= end:
            lane = waiting.popleft()
            until = self._clock() + SLICE
            self._publish(lane.popleft())
            while lane and self._clock() <= until:
                self._publish(lane.popleft())
            if lane:
                waiting.append(lane)
        return [topic for lane in waiting for topic in lane]


def _age(topic: StateTopic) -> int:
    return topic.channel.published_at
