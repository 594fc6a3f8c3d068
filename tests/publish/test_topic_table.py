"""The table of topics: equal requests share one, and nobody waits for the making of another's."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from server.market.market import Market
from server.model import Pair
from server.publish.epoch import Epoch
from server.publish.topic_table import NoTopicError, TopicTable
from server.publish.topics import BookChoice, StatusTopic
from server.publish.trade_topic import TRADES, TradeTopic

EPOCH = Epoch.now()


def table() -> tuple[TopicTable, Market]:
    made, market = TopicTable(), Market(Pair("BTC", "USDT"), ("alpha", "beta"), lambda _: None)
    made.add(market)
    return made, market


class Begun(TradeTopic):
    """Counts how often it was begun, and whether events reached it then."""

    def __init__(self, topics: TopicTable, market: Market, venues: tuple[str, ...] = ()) -> None:
        super().__init__(market, EPOCH, venues)
        self._topics = topics
        self.begun: list[bool] = []

    def begin(self) -> None:
        self.begun.append(self in self._topics.listening(self.market, TRADES))


def test_making_one_topic_holds_up_nobody_but_those_who_want_it() -> None:
    topics, market = table()
    entered, free = threading.Event(), threading.Event()
    made: list[Begun] = []

    def make() -> Begun:
        entered.set()
        assert free.wait(20)
        made.append(Begun(topics, market))
        return made[-1]

    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(topics.event, market, "slow", make)
        assert entered.wait(20)
        same = [pool.submit(topics.event, market, "slow", make) for _ in range(2)]
        other = topics.event(market, "quick", lambda: Begun(topics, market))
        assert len(topics) == 1, "the table answers meanwhile"
        assert topics.listening(market, TRADES) == (other,)
        assert topics.mark(market) == []
        topics.sweep(0)
        assert not first.done()
        free.set()
        assert {each.result(20) for each in (first, *same)} == {made[0]}
    assert len(made) == 1
    assert made[0].begun == [True], "it is begun once, when events reach it and before anybody has it"


def test_a_topic_that_cannot_be_made_does_not_stop_the_next_who_asks() -> None:
    topics, market = table()

    def fails() -> Begun:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        topics.event(market, "key", fails)
    made = Begun(topics, market)
    assert topics.event(market, "key", lambda: made) is made
    assert made.begun == [True]


def test_a_market_that_goes_while_a_topic_is_made_has_none() -> None:
    topics, market = table()
    dropped: list[int] = []

    def make() -> Begun:
        topics.remove(market)
        topic = Begun(topics, market)
        topic.on_drop = lambda: dropped.append(1)
        return topic

    with pytest.raises(NoTopicError, match="BTC/USDT was removed"):
        topics.event(market, "key", make)
    assert dropped == [1], "its place is given back"
    assert topics.listening(market, TRADES) == ()


def test_events_go_to_the_topics_of_their_source_until_they_are_forgotten() -> None:
    topics, market = table()
    both = topics.event(market, "both", lambda: Begun(topics, market))
    beta = topics.event(market, "beta", lambda: Begun(topics, market, ("beta",)))
    assert topics.listening(market, TRADES) == (both, beta)
    assert topics.listening(market, "other") == ()
    market.remove_venue("beta")
    assert topics.prune(market, "beta") == 0
    assert topics.listening(market, TRADES) == (both,)
    topics.sweep(2**62)
    assert topics.listening(market, TRADES) == ()
    assert not topics.listened(market)


def test_what_readers_lost_is_counted_also_in_topics_that_are_forgotten() -> None:
    topics, market = table()
    topic = topics.event(market, "key", lambda: Begun(topics, market))
    topic.buffer.dropped = 3
    state = topics.state("state", lambda: StatusTopic(market, EPOCH, 0.0, BookChoice(1, Decimal(0)), ()))
    state.channel.conflated = 4
    assert (topics.dropped, topics.conflated) == (3, 4)
    topics.sweep(2**62)
    assert len(topics) == 0
    assert (topics.dropped, topics.conflated) == (3, 4)
    other = topics.event(market, "key", lambda: Begun(topics, market))
    other.buffer.dropped = 1
    assert topics.dropped == 4
    topics.remove(market)
    assert topics.dropped == 4
