"""Topics of events: every event is sent once and in order, and none is conflated."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Hashable
from typing import Any, Generic, TypeVar

from onebook.v1 import types_pb2

from .. import clock
from ..market.market import Market
from ..units import LARGEST_MANTISSA
from .epoch import Epoch
from .event_buffer import EventBuffer
from .qualities import with_fields

MessageT = TypeVar("MessageT")


def _nothing() -> None:
    """Nobody counts this topic."""


class EventTopic(ABC, Generic[MessageT]):
    """Events of one market, as messages of one kind. The dispatcher thread publishes events and heartbeats."""

    CAPACITY = 4096
    """Events that a subscriber may be behind."""

    def __init__(self, market: Market, epoch: Epoch, venues: Collection[str]) -> None:
        self.market = market
        self.buffer = EventBuffer(self.CAPACITY, self._mark_dropped, market.watch, self._dropped_fields)
        self.asked_at = 0
        """Monotonic nanoseconds of the newest request for this topic."""
        self.on_drop: Callable[[], None] = _nothing
        """Called once, when the topic is forgotten."""
        self._venues = frozenset(venues)
        self._epoch = epoch
        self._unsent = 0
        """Events that could not be published since the last one."""
        self._sending = threading.Lock()
        """A message's sequence must be its place in the buffer."""

    @property
    def orphaned(self) -> bool:
        """Whether the topic names venues and the market has none of them any more."""
        return orphaned(self._venues, self.market)

    @property
    def follows(self) -> tuple[Market, ...]:
        """The markets whose events belong to this topic."""
        return (self.market,)

    def wants(self, venue: str) -> bool:
        """Whether the topic includes events of this venue."""
        return not self._venues or venue in self._venues

    @property
    @abstractmethod
    def sources(self) -> tuple[Hashable, ...]:
        """The sources of the topic's events; see TopicPublisher.emit(). They never change."""

    def begin(self) -> None:
        """Called once, when the topic starts to receive events: the past can now be read without a gap."""

    @abstractmethod
    def publish(self, venue: str, event: object, receive_time: int) -> None:
        """Takes an event of its sources."""

    def lost(self, venue: str, receive_time: int) -> None:  # noqa: ARG002 - for those that tell it in its place
        """An event of this topic could not be published: the next one counts it as dropped."""
        self._unsent += self.wants(venue)

    def heartbeat(self) -> Exception | None:
        """The stream is quiet and alive. Returns an error of the repeated state; the heartbeat is sent in any case."""
        try:
            self._beat()
        except Exception as error:
            # The caller logs it.
            self._send_empty()
            return error
        return None

    def _beat(self) -> None:
        """Sends the heartbeat, with what it repeats."""
        self._send_empty()

    def _send_empty(self) -> None:
        message: Any = self._empty()
        self._body(message).header.CopyFrom(self._header(0, 0))
        self._body(message).header.heartbeat = True
        self._send(message)

    @abstractmethod
    def _empty(self) -> MessageT:
        """A message without an event."""

    @abstractmethod
    def _body(self, message: MessageT) -> Any:
        """The part of a response that has the header and `dropped`."""

    @abstractmethod
    def _parse(self, payload: bytes) -> MessageT:
        """A response from its bytes."""

    def _header(self, receive_time: int, exchange_time: int) -> types_pb2.Header:
        return types_pb2.Header(
            publish_time_nanos=clock.time_ns(),
            epoch=self._epoch.start,
            receive_time_nanos=receive_time,
            exchange_time_nanos=exchange_time,
        )

    def _send(self, message: Any, fields: bytes = b"") -> None:
        """Publishes a response; `fields` are encoded ones that follow those of its body."""
        with self._sending:
            body = self._body(message)
            body.header.sequence = self.buffer.version + 1
            body.dropped += self._unsent
            self.buffer.publish(with_fields(message.SerializeToString(), fields), clock.monotonic_ns())
            self._unsent = 0

    def _dropped_fields(self) -> dict[int, int]:
        message: Any = self._empty()
        return {body.number: body.message_type.fields_by_name["dropped"].number for body in message.DESCRIPTOR.fields}

    def _mark_dropped(self, payload: bytes, dropped: int) -> bytes:
        """Writes into an encoded response how many were lost before it."""
        message: Any = self._parse(payload)
        self._body(message).dropped += dropped
        return bytes(message.SerializeToString())


def orphaned(venues: Collection[str], market: Market) -> bool:
    """Whether these venues were named and the market has lost them all."""
    return bool(venues) and market.entries.keys().isdisjoint(venues)


def scaled(value: Any) -> tuple[int, int]:
    """Mantissa and exponent of a Decimal; the exponent is never positive."""
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    mantissa = int("".join(map(str, digits)) or "0") * (-1 if sign else 1)
    while exponent < 0 and abs(mantissa) > LARGEST_MANTISSA and mantissa % 10 == 0:
        mantissa, exponent = mantissa // 10, exponent + 1
    return (mantissa * 10**exponent, 0) if exponent > 0 else (mantissa, exponent)
