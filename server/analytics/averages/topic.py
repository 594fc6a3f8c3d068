"""Topics of average prices: the averages alone, and the summary, which has them beside the best prices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import partial

from onebook.v1 import analytics_pb2 as pb
from onebook.v1 import types_pb2
from onebook.v1.market_data_pb2 import StreamSummaryResponse
from orderbook_ext import ConsolidatedView

from ... import clock
from ...market.consolidated_book import Foreign
from ...publish.epoch import Epoch
from ...publish.qualities import with_fields
from ...publish.topics import BookChoice, Encoding, ViewTopic
from ..market_analytics import MarketAnalytics
from ..numbers import fits, mantissa
from .compute import PriceAverage
from .runtime import PriceChoice, PriceSamplers


class SummaryTopic(ViewTopic):
    """StreamSummaryResponse, with the averages of its price."""

    def __init__(
        self,
        mine: MarketAnalytics,
        epoch: Epoch,
        interval: float,
        choice: BookChoice,
        foreign: Sequence[Foreign] = (),
    ) -> None:
        super().__init__(mine.market, epoch, interval, choice, foreign)
        # Averages are of the market's own books: what is converted has another price with every move of the rate.
        wanted = PriceChoice(choice.vwap_levels, choice.venues, choice.dust)
        self._sampler = None if foreign else mine.get(PriceSamplers).of(wanted)

    def _message(self, view: ConsolidatedView, monotonic: int, sequence: int, heartbeat: bool) -> bytes:
        decimals = view.vwap_prices()[0]
        averages = price_averages(self._sampler.averages(), decimals) if self._sampler else ()
        # A message that has nothing but these fields is what has to be appended.
        extra = types_pb2.Summary(averages=averages, conversions=self._conversions()).SerializeToString()
        return view.encode_summary(clock.time_ns(), monotonic, self._epoch.start, sequence, heartbeat, extra)

    def withheld(self, header: types_pb2.Header, reason: str) -> bytes:
        summary = types_pb2.Summary(header=header, market=self.market.name, venues=self._hidden(reason))
        return StreamSummaryResponse(summary=summary).SerializeToString()


class AveragesTopic(ViewTopic):
    """StreamAveragesResponse."""

    def __init__(self, mine: MarketAnalytics, epoch: Epoch, interval: float, choice: BookChoice) -> None:
        super().__init__(mine.market, epoch, interval, choice)
        self._sampler = mine.get(PriceSamplers).of(PriceChoice(choice.vwap_levels, choice.venues, choice.dust))

    def _message(self, view: ConsolidatedView, monotonic: int, sequence: int, heartbeat: bool) -> Encoding:
        decimals, _, _, price = view.vwap_prices()
        venues = view.encode_qualities(pb.Averages.VENUES_FIELD_NUMBER, decimals, monotonic)
        return partial(self._written, self._header(view, sequence, heartbeat), decimals, price, venues)

    def _written(self, header: types_pb2.Header, decimals: int, price: int | None, venues: bytes) -> bytes:
        message = pb.Averages(
            header=header,
            market=self.market.name,
            price_exponent=-decimals,
            price=price,
            vwap_levels=self._choice.vwap_levels,
            windows=price_averages(self._sampler.averages(), decimals),
        )
        return with_fields(pb.StreamAveragesResponse(averages=message).SerializeToString(), venues)

    def withheld(self, header: types_pb2.Header, reason: str) -> bytes:
        averages = pb.Averages(header=header, market=self.market.name, venues=self._hidden(reason))
        return pb.StreamAveragesResponse(averages=averages).SerializeToString()


def price_averages(averages: Iterable[PriceAverage], decimals: int) -> list[types_pb2.PriceAverage]:
    """Averages at this number of decimals."""
    return [
        types_pb2.PriceAverage(
            window_nanos=each.window,
            start_time_nanos=max(0, each.start),
            end_time_nanos=max(0, each.end),
            time_weighted=_mantissa(each.time_weighted, decimals),
            sample_mean=_mantissa(each.sample_mean, decimals),
            samples=each.samples,
            coverage_ppm=each.coverage_ppm,
        )
        for each in averages
    ]


def _mantissa(value: Fraction | None, decimals: int) -> int | None:
    """None also of an average that has no place at the decimals of the price of now."""
    if value is None:
        return None
    found = mantissa(value, decimals)
    return found if fits(found) else None
