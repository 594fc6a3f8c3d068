"""Channels on their way to the process: one subscriber each, and no more on its way than the process takes."""

from __future__ import annotations

import pytest

from server.codes import Code
from server.publish.channel import ConflatedChannel, Subscriber
from server.publish.event_buffer import EventBuffer
from server.transport.http.processes.link_frames import MESSAGE

from .links import Link, Opened

CALL = ("onebook.v1.MarketDataService", "StreamBook")


def messages(link: Link) -> list[bytes]:
    return [told.body for told in link.to_process.of(MESSAGE)]


def test_a_state_is_on_its_way_at_a_time_and_then_the_newest() -> None:
    link, channel, watched = Link(), ConflatedChannel(), Opened()
    topic, position = link.topics.join(channel, watched, *CALL)
    assert position == 0
    for number in range(5):
        channel.publish(b"%d" % number, number)
    assert messages(link) == [b"0"]
    assert channel.stalled(1e18), "nobody encodes in vain"
    topic.taken(1)
    assert messages(link) == [b"0", b"4"]
    assert channel.conflated == 3
    topic.taken(1)
    channel.publish(b"5", 5)
    assert messages(link)[-1] == b"5"


def test_readers_share_a_subscriber_and_a_new_one_sees_the_newest() -> None:
    link, channel = Link(), ConflatedChannel()
    first, second = Opened(), Opened()
    topic, _ = link.topics.join(channel, first, *CALL)
    for number in range(3):
        channel.publish(b"%d" % number, number)
    assert link.topics.join(channel, second, *CALL) == (topic, 1)
    assert (len(channel), len(link.topics)) == (1, 1)
    assert messages(link) == [b"0", b"2"]
    channel.publish(b"3", 3)
    channel.publish(b"4", 4)
    topic.taken(1)
    assert channel.conflated == 1 + 1 * 2, "one for the first alone, one for both"
    link.topics.leave(topic, first)
    assert len(channel) == 1
    link.topics.leave(topic, second)
    assert (len(channel), len(link.topics)) == (0, 0)


def test_a_channel_that_ends_ends_all_readers_and_takes_new_ones() -> None:
    link, channel, watched = Link(), ConflatedChannel(), Opened()
    topic, _ = link.topics.join(channel, watched, *CALL)
    channel.fail("why")
    assert watched.ended == [(Code.UNAVAILABLE, "why")]
    other = Opened()
    fresh, _ = link.topics.join(channel, other, *CALL)
    assert fresh is not topic
    channel.publish(b"x", 1)
    assert messages(link) == [b"x"]
    link.topics.leave(topic, watched)
    assert len(link.topics) == 1


def test_a_channel_that_cannot_be_joined_leaves_nothing() -> None:
    class Broken(ConflatedChannel):
        def join(self, subscriber: Subscriber) -> None:
            raise RuntimeError("no thread is left")

    link = Link()
    with pytest.raises(RuntimeError):
        link.topics.join(Broken(), Opened(), *CALL)
    assert len(link.topics) == 0


def test_events_all_go_and_losses_of_readers_become_the_channels() -> None:
    link, buffer, watched = Link(), EventBuffer(4, lambda payload, _dropped: payload), Opened()
    topic, _ = link.topics.join(buffer, watched, *CALL)
    for number in range(10):
        buffer.publish(b"%d" % number, number)
    assert messages(link) == [b"%d" % number for number in range(10)]
    for total in (3, 5, 4):
        topic.lost(total)
    assert buffer.dropped == 5
