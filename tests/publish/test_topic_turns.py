"""Clients take turns in the dispatcher's time; the server's own topics come first."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from server.publish.topic_turns import PASS, TopicTurns


class Work:
    """Topics that take a millisecond each, and the order in which they were published."""

    def __init__(self, cost: int = 1_000_000) -> None:
        self.now = 0
        self.order: list[str] = []
        self.cost = cost

    def topic(self, name: str, owner: str = "") -> Any:
        return SimpleNamespace(name=name, owner=owner, channel=SimpleNamespace(published_at=0))

    def publish(self, topic: Any) -> None:
        self.now += self.cost
        topic.channel.published_at = self.now
        self.order.append(topic.name)

    def turns(self) -> TopicTurns:
        return TopicTurns(self.publish, lambda: self.now)


def test_few_topics_are_all_published() -> None:
    work = Work()
    assert not work.turns().publish([work.topic("own", "a"), work.topic("default"), work.topic("other", "b")])
    assert sorted(work.order) == ["default", "other", "own"]


def test_the_default_topics_come_before_all_of_one_client() -> None:
    work = Work()
    many = [work.topic(f"{number}", "greedy") for number in range(1000)]
    left = work.turns().publish([*many, work.topic("default")])
    assert work.order[0] == "default"
    assert len(left) + len(work.order) == 1001
    assert work.now <= PASS + 5_000_000


def test_a_client_with_one_topic_has_its_turn_beside_one_with_a_thousand() -> None:
    work = Work()
    many = [work.topic(f"{number}", "greedy") for number in range(1000)]
    work.turns().publish([*many, work.topic("small", "b")])
    assert "small" in work.order[:4]


def test_every_topic_has_its_turn_in_some_pass() -> None:
    work = Work()
    many = [work.topic(f"{number}", f"client {number % 7}") for number in range(300)]
    turns = work.turns()
    for _ in range(400):
        turns.publish(many)
    assert set(work.order) == {topic.name for topic in many}
    counts = [work.order.count(topic.name) for topic in many]
    assert max(counts) - min(counts) <= 2
