"""The topic of open interest."""

from __future__ import annotations

from onebook.v1 import analytics_pb2 as pb
from onebook.v1 import types_pb2

from ... import clock
from ...publish.epoch import Epoch
from ...publish.qualities import MarketQuality, with_fields, withheld
from ...publish.topics import StateTopic
from ..market_analytics import MarketAnalytics
from ..numbers import text
from .runtime import OpenInterestRuntime, VenueOpenInterest


class OpenInterestTopic(StateTopic):
    """StreamOpenInterestResponse."""

    SELECTIVE = True

    def __init__(self, mine: MarketAnalytics, epoch: Epoch, interval: float) -> None:
        super().__init__(mine.market, epoch, interval)
        self._board = mine.get(OpenInterestRuntime).latest
        self._quality = MarketQuality(mine.market)
        self._seen = -1

    def changed(self) -> bool:
        return self._board.version != self._seen

    def _encode(self, monotonic: int, sequence: int, heartbeat: bool) -> bytes:  # noqa: ARG002 - nothing ages here
        self._seen = self._board.version
        known = self._board.all()
        newest = max(known, key=lambda each: each.receive_time, default=None)
        header = types_pb2.Header(
            publish_time_nanos=clock.time_ns(),
            epoch=self._epoch.start,
            sequence=sequence,
            heartbeat=heartbeat,
            receive_time_nanos=newest.receive_time if newest else 0,
            exchange_time_nanos=max(0, newest.exchange_time) if newest else 0,
        )
        exponent, qualities = self._quality.encoded(pb.OpenInterest.QUALITIES_FIELD_NUMBER)
        message = pb.OpenInterest(
            header=header,
            market=self.market.name,
            venues=map(venue_interest, known),
            price_exponent=exponent,
        )
        return with_fields(pb.StreamOpenInterestResponse(open_interest=message).SerializeToString(), qualities)

    def withheld(self, header: types_pb2.Header, reason: str) -> bytes:
        interest = pb.OpenInterest(
            header=header, market=self.market.name, qualities=withheld(self.market.venues, reason)
        )
        return pb.StreamOpenInterestResponse(open_interest=interest).SerializeToString()


def venue_interest(made: VenueOpenInterest) -> pb.VenueInterest:
    """Open interest of one venue."""
    return pb.VenueInterest(
        venue=made.venue,
        value=text(made.value),
        exchange_time_nanos=max(0, made.exchange_time),
        receive_time_nanos=made.receive_time,
    )
