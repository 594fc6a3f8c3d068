"""The calls of an analytic in the contract, with the parts of the server that they need."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from ..history.store import HistoryStore
from ..market.consolidated_book import Foreign
from ..market.market import Market
from ..publish.channel import Channel, Overflow
from ..publish.epoch import Epoch
from ..publish.past_channel import Past
from ..publish.topic_table import AnyEventTopic
from ..publish.topics import BookChoice, StateTopic
from ..readable.rule import Rules
from .market_analytics import MarketAnalytics
from .quotes.compute import Terms
from .settings import AnalyticsSettings

Opened = tuple[Channel, Overflow]
"""The channel that a stream reads from, and what happens when the stream does not keep up."""
Parse = Callable[[bytes], Any]
"""Bytes of a request into its message."""
Unary = Mapping[str, tuple[Callable[[Any], bytes], Parse]]
"""By name of the call: request in, encoded response out, and the parser of the request."""
Streaming = Mapping[str, tuple[Callable[[Any], Opened], Parse]]
"""By name of the call: a function from the request to the stream's channel, and the parser of the request."""


class Reader(Protocol):
    """Looks up what requests name; see api.requests.RequestReader. All methods raise RequestError."""

    @property
    def markets(self) -> list[Market]: ...
    def market(self, name: str) -> Market: ...
    def venue(self, market: Market, name: str) -> str: ...
    def venues(self, market: Market, names: Sequence[str]) -> tuple[str, ...]: ...
    def interval(self, milliseconds: int) -> float: ...
    def foreign(self, market: Market, currencies: Sequence[str]) -> tuple[Foreign, ...]: ...
    def choice(
        self, market: Market, levels: int, venues: Sequence[str], dust: str | None, vwap_levels: int = 0
    ) -> BookChoice: ...


class Topics(Protocol):
    """Finds or makes topics; see api.topics.Topics. Both that open raise RequestError."""

    @property
    def for_edges(self) -> bool: ...
    @property
    def epoch(self) -> Epoch: ...
    def state(self, key: tuple[Any, ...], make: Callable[[], StateTopic]) -> Opened: ...
    def events(self, key: Hashable, market: Market, make: Callable[[], AnyEventTopic], policy: int) -> Opened: ...
    def once(self, topic: StateTopic) -> bytes: ...


class PastStreams(Protocol):
    """Puts the past before what a stream reads from; see api.past_streams.PastStreams."""

    def begun(self, opened: Opened, past: Past) -> Opened: ...


@dataclass(frozen=True, slots=True)
class CallContext:
    """The parts of the server that calls use."""

    reader: Reader
    topics: Topics
    settings: AnalyticsSettings
    of: Callable[[Market], MarketAnalytics]
    terms: Terms
    """The venues' rules for orders."""
    streams: PastStreams
    store: HistoryStore | None
    """The history; None: the server keeps none."""


class Calls(ABC):
    """The calls of one analytic in onebook.v1.AnalyticsService. They raise RequestError."""

    RULES: ClassVar[Rules] = {}
    """Of its messages as readable JSON: what their types do not say of their fields."""

    def __init__(self, context: CallContext) -> None:
        self._reader, self._topics, self._of = context.reader, context.topics, context.of

    @abstractmethod
    def unary(self) -> Unary:
        """Calls with one answer."""

    @abstractmethod
    def streaming(self) -> Streaming:
        """Calls with many."""
