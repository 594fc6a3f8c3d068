"""What is known of a market beside its prices, published when it changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from onebook.v1 import analytics_pb2, reference_pb2, types_pb2

from .. import clock
from ..api.lists import market_message
from ..market.market import Market
from ..publish.channel import ConflatedChannel
from ..publish.epoch import Epoch
from ..registry import Feed
from ..request_errors import RequestError

EVERY = 60_000_000_000
"""Nanoseconds after which a record that has not changed is written again."""


class Reference:
    """The channel of one market's records; for one thread at a time."""

    def __init__(
        self,
        market: Market,
        default: bool,
        feeds: Mapping[str, Feed],
        open_interest: Callable[[analytics_pb2.GetOpenInterestRequest], bytes],
        epoch: Epoch,
    ) -> None:
        """`open_interest` answers GetOpenInterest."""
        self.channel = ConflatedChannel()
        self._market, self._default, self._feeds = market, default, feeds
        self._open_interest, self._epoch = open_interest, epoch
        self._seen: tuple[bytes, bytes] | None = None
        self._due = 0

    def look(self) -> None:
        """Publishes a record, if there is something new or a minute is over."""
        now = clock.monotonic_ns()
        try:
            message = self._message()
        except RequestError:
            return  # The market has just been removed.
        seen = message.market.SerializeToString(), message.open_interest.SerializeToString()
        if seen == self._seen and now < self._due:
            return
        self._seen, self._due = seen, now + EVERY
        message.header.CopyFrom(
            types_pb2.Header(
                publish_time_nanos=clock.time_ns(), epoch=self._epoch.start, sequence=self.channel.version + 1
            )
        )
        self.channel.publish(message.SerializeToString(), now)

    def end(self) -> None:
        """Publishes that the market is no more."""
        self.channel.publish(b"", clock.monotonic_ns())

    def _message(self) -> reference_pb2.Reference:
        message = reference_pb2.Reference(market=market_message(self._market, self._feeds, self._default))
        answer = self._open_interest(analytics_pb2.GetOpenInterestRequest(market=self._market.name))
        known = analytics_pb2.GetOpenInterestResponse.FromString(answer).open_interest
        if known.venues:
            message.open_interest.market = known.market
            message.open_interest.venues.extend(known.venues)
        return message
