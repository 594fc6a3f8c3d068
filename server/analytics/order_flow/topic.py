"""The topic of order flow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import partial

from onebook.v1 import analytics_pb2 as pb
from onebook.v1 import types_pb2
from orderbook_ext import ConsolidatedView

from ...publish.epoch import Epoch
from ...publish.qualities import with_fields
from ...publish.topics import BookChoice, Encoding, ViewTopic
from ..exact import shifted
from ..market_analytics import MarketAnalytics
from ..numbers import text
from ..sums import EXACT
from .compute import FlowWindow, imbalance_ppb, together
from .runtime import OrderFlowRuntime, VenueSnapshot


class OrderFlowTopic(ViewTopic):
    """StreamOrderFlowResponse. The sizes of all venues together are those of the merged book's best levels."""

    def __init__(self, mine: MarketAnalytics, epoch: Epoch, interval: float, choice: BookChoice) -> None:
        super().__init__(mine.market, epoch, interval, choice)
        self._flow = mine.get(OrderFlowRuntime)
        self._flow.hold(self)

    def _message(self, view: ConsolidatedView, monotonic: int, sequence: int, heartbeat: bool) -> Encoding:
        sizes = [shifted(sum(level[1] for level in side), view.size_decimals) for side in (view.bids, view.asks)]
        exponent = -view.price_decimals
        qualities = view.encode_qualities(pb.OrderFlow.VENUES_FIELD_NUMBER, view.price_decimals, monotonic)
        return partial(self._written, self._header(view, sequence, heartbeat), sizes, exponent, qualities)

    def _written(self, header: types_pb2.Header, sizes: Sequence[Decimal], exponent: int, qualities: bytes) -> bytes:
        levels = self._choice.levels
        venues = self._flow.snapshot(self._choice.venues, levels)
        live = any(venue.sizes is not None for venue in venues)
        windows = together([venue.windows for venue in venues]) if venues else ()
        everything = VenueSnapshot("", (sizes[0], sizes[1]) if live else None, windows)
        message = pb.OrderFlow(
            header=header,
            market=self.market.name,
            levels=levels,
            consolidated=venue_flow(everything, levels),
            flows=[venue_flow(venue, levels) for venue in venues],
            price_exponent=exponent,
        )
        return with_fields(pb.StreamOrderFlowResponse(order_flow=message).SerializeToString(), qualities)

    def withheld(self, header: types_pb2.Header, reason: str) -> bytes:
        message = pb.OrderFlow(header=header, market=self.market.name, venues=self._hidden(reason))
        return pb.StreamOrderFlowResponse(order_flow=message).SerializeToString()


def venue_flow(venue: VenueSnapshot, levels: int) -> pb.VenueFlow:
    """The flow of one venue, or of all together, at this number of levels."""
    message = pb.VenueFlow(venue=venue.venue, windows=[flow_window(window, levels) for window in venue.windows])
    if venue.sizes is not None:
        message.bid_size, message.ask_size = map(text, venue.sizes)
        imbalance = imbalance_ppb(*venue.sizes)
        if imbalance is not None:
            message.imbalance_ppb = imbalance
    return message


def flow_window(window: FlowWindow, levels: int) -> pb.FlowWindow:
    """One window, at this number of levels."""
    by_level = window.by_level[:levels]
    return pb.FlowWindow(
        window_nanos=window.window,
        start_time_nanos=max(0, window.start),
        end_time_nanos=window.end,
        best_level=text(by_level[0]),
        by_level=map(text, by_level),
        integrated=text(_sum(by_level)),
        updates=window.updates,
        coverage_ppm=window.coverage_ppm,
        partial=window.partial,
        buy_volume=text(window.buy_volume),
        sell_volume=text(window.sell_volume),
        unknown_volume=text(window.unknown_volume),
        volume_delta=text(EXACT.subtract(window.buy_volume, window.sell_volume)),
        trades=window.trades,
        trades_partial=window.trades_partial,
    )


def _sum(values: Iterable[Decimal]) -> Decimal:
    total = Decimal(0)
    for value in values:
        total = EXACT.add(total, value)
    return total
