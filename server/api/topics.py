"""Topics for requests: those that are there or, within the limit, new ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from onebook.v1 import market_data_pb2 as pb

from ..market.market import Market
from ..publish.epoch import Epoch
from ..publish.publisher import Publisher
from ..publish.source import Overflow, Source
from ..publish.topic_table import AnyEventTopic, NoTopicError
from ..publish.topics import StateTopic
from .errors import exhausted, removed

_OVERFLOW: dict[int, Overflow] = {pb.OVERFLOW_POLICY_DISCONNECT: Overflow.DISCONNECT}
Opened = tuple[Source, Overflow]


class Topics:
    """Keeps at most `limit` of them."""

    def __init__(self, publisher: Publisher, limit: int) -> None:
        self._publisher = publisher
        self._limit = limit

    @property
    def epoch(self) -> Epoch:
        """This life of the server."""
        return self._publisher.epoch

    def state(self, key: Any, make: Callable[[], StateTopic]) -> Opened:
        """The slot of a state topic. Raises RequestError."""
        self._check_limit()
        try:
            return self._publisher.topics.state(key, make).slot, Overflow.DROP_OLDEST
        except NoTopicError as error:
            raise removed(str(error)) from error

    def events(self, key: Any, market: Market, make: Callable[[], AnyEventTopic], policy: int) -> Opened:
        """The ring of an event topic; `policy` is the request's on_overflow. Raises RequestError."""
        self._check_limit()
        try:
            topic = self._publisher.topics.event(market, key, make)
        except NoTopicError as error:
            raise removed(str(error)) from error
        return topic.ring, _OVERFLOW.get(policy, Overflow.DROP_OLDEST)

    @staticmethod
    def once(topic: StateTopic) -> bytes:
        """The state now. Its sequence is 0: it belongs to no stream."""
        return topic.encode_once()

    def _check_limit(self) -> None:
        if len(self._publisher.topics) >= self._limit:
            raise exhausted("topics", f"this server keeps at most {self._limit} different streams", 10.0)
