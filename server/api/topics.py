"""Topics for requests: existing topics or, within the limit, new topics."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial
from typing import Any, TypeVar

from onebook.v1 import market_data_pb2 as pb

from ..market.market import Market
from ..publish.channel import Channel, Overflow
from ..publish.dispatcher import Dispatcher
from ..publish.epoch import Epoch
from ..publish.topic_table import AnyEventTopic, NoTopicError
from ..publish.topics import BookChoice, BookTopic, CompatTopic, StateTopic
from ..quotas import Quota, QuotaError, caller
from ..request_errors import over_quota, removed
from .calls import Opened

_OVERFLOW: dict[int, Overflow] = {pb.OVERFLOW_POLICY_DISCONNECT: Overflow.DISCONNECT}
TopicT = TypeVar("TopicT", bound="StateTopic | AnyEventTopic")


def topic_key(kind: type[StateTopic], market: Market, choice: BookChoice, interval: float) -> tuple[Any, ...]:
    """What requests have in common that share a topic of a merged book; seconds."""
    return kind, market, choice, interval


def default_book_channel(dispatcher: Dispatcher, market: Market, choice: BookChoice) -> Channel:
    """The channel of the book of the server's own options, which streams of it share. Raises NoTopicError."""
    key = topic_key(BookTopic, market, choice, 0.0)
    return dispatcher.topics.state(key, lambda: BookTopic(market, dispatcher.epoch, 0.0, choice)).channel


class Topics:
    """Keeps at most `limit` of them, a tenth of that of events; the server's own default topics are not counted."""

    def __init__(
        self, dispatcher: Dispatcher, limit: int, default: BookChoice | None = None, *, for_edges: bool = False
    ) -> None:
        """`for_edges`: other servers make from these streams what this server has."""
        self.for_edges = for_edges
        self._dispatcher = dispatcher
        self._default = default
        self._states = Quota("topics", "different streams", limit, 10.0)
        self._events = Quota("topics", "different streams of events", max(8, limit // 10), 10.0)

    @property
    def epoch(self) -> Epoch:
        """This life of the server."""
        return self._dispatcher.epoch

    def state(self, key: tuple[Any, ...], make: Callable[[], StateTopic]) -> Opened:
        """The channel of a state topic. Raises RequestError."""

        def made() -> StateTopic:
            if key[0] is CompatTopic or self._default in key:
                return make()
            topic = self._counted(self._states, make)
            topic.owner = caller.get().lane
            return topic

        try:
            return self._dispatcher.topics.state(key, made).channel, Overflow.DROP_OLDEST
        except NoTopicError as error:
            raise removed(str(error)) from error

    def events(self, key: Hashable, market: Market, make: Callable[[], AnyEventTopic], policy: int) -> Opened:
        """The buffer of an event topic; `policy` is the request's on_overflow. Raises RequestError."""
        try:
            topic = self._dispatcher.topics.event(market, key, lambda: self._counted(self._events, make))
        except NoTopicError as error:
            raise removed(str(error)) from error
        return topic.buffer, _OVERFLOW.get(policy, Overflow.DROP_OLDEST)

    @staticmethod
    def once(topic: StateTopic) -> bytes:
        """The state now, outside of any stream: its sequence is 0."""
        return topic.encode_once()

    @staticmethod
    def _counted(quota: Quota, make: Callable[[], TopicT]) -> TopicT:
        """A new topic that holds a place of the requesting client until the topic is forgotten."""
        who = caller.get()
        try:
            quota.take(who)
        except QuotaError as error:
            raise over_quota(error) from error
        try:
            topic = make()
        except BaseException:
            quota.give_back(who)
            raise
        topic.on_drop = partial(quota.give_back, who)
        return topic
