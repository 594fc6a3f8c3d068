"""A pass visits the topics that have something to publish, when they may."""

from __future__ import annotations

from typing import Any

from server.publish.due_topics import DueTopics


class Topic:
    """Of which only the time matters."""

    def __init__(self, due: int = 0) -> None:
        self.dirty, self.dropped, self.at, self.looks = True, False, due, 0

    def due(self, now: int) -> int:
        self.looks += 1
        return self.at or now


def marked(*topics: Any) -> DueTopics:
    made = DueTopics()
    for each in topics:
        made.mark(each)
    return made


def test_what_may_be_published_is_taken_once() -> None:
    first, second = Topic(), Topic()
    due: Any = marked(first, second, first)
    assert due.take(5) == [first, second]
    assert due.take(5) == []


def test_what_has_to_wait_is_not_looked_at_until_its_time() -> None:
    later = Topic(due=100)
    due: Any = marked(later)
    for now in range(99):
        assert due.take(now) == []
    assert due.next == 100
    assert later.looks == 1
    assert due.take(100) == [later]
    assert due.next is None


def test_the_earliest_is_next() -> None:
    due: Any = marked(Topic(30), Topic(10), Topic(20))
    assert due.take(0) == []
    assert due.next == 10
    assert len(due.take(25)) == 2
    assert due.next == 30


def test_topics_that_were_published_or_dropped_meanwhile_are_left_out() -> None:
    published, dropped = Topic(10), Topic(10)
    due: Any = marked(published, dropped)
    due.take(0)
    published.dirty = False
    dropped.dropped = True
    assert due.take(20) == []
