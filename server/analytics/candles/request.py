"""The calls of candles: every field of a request is checked, and errors name it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from onebook.v1 import analytics_pb2 as pb

from ... import clock
from ...errors import ConfigError
from ...publish.qualities import MarketQuality, with_fields
from ...readable.rule import HEADER, IN_VWAP, known
from ...request_errors import invalid
from ...suggestions import did_you_mean
from ..calls import CallContext, Calls, Opened, Streaming, Unary
from ..intervals import Interval
from .candle import Fill
from .kept import KeptCandles
from .message import candle, coverage, encoded_venues
from .past_candles import PastCandles
from .past_stream import CandlesBefore
from .runtime import CandleRuntime
from .topic import CandleTopic

DEFAULT_PAGE, MAX_PAGE = 500, 5000


class CandleCalls(Calls):
    """GetCandles and StreamCandles."""

    RULES = {
        "Candle": {**HEADER, "vwap": IN_VWAP, **known("volume", "quote_volume", "open_interest")},
        "Reconciliation": known("volume", "quote_volume"),
    }

    def __init__(self, context: CallContext) -> None:
        super().__init__(context)
        self._candles = CandleReader(context.settings.intervals)
        self._streams = context.streams
        self._past = None if context.store is None else PastCandles(context.store)

    def unary(self) -> Unary:
        return {"GetCandles": (self._get, pb.GetCandlesRequest.FromString)}

    def streaming(self) -> Streaming:
        return {"StreamCandles": (self._stream, pb.StreamCandlesRequest.FromString)}

    def _get(self, request: pb.GetCandlesRequest) -> bytes:
        market = self._reader.market(request.market)
        venue = self._reader.venue(market, request.venue)
        page = self._candles.page(request)
        candles = self._of(market).get(CandleRuntime).candles
        kept = KeptCandles(market.pair, candles, self._past)
        found = kept.candles(venue, page.interval, page.start, page.end, page.size + 1, page.fill, page.include_open)
        response, answer = pb.GetCandlesResponse(), b""
        for made in found[: page.size]:
            message = response.candles.add(market=market.name, venue=venue)
            message.header.publish_time_nanos, message.header.epoch = clock.time_ns(), self._topics.epoch.start
            candle(message, made)
            coverage(message, market, candles, made)
        if response.candles:
            # The newest says how things stand; the others are history.
            newest = response.candles.pop()
            venues = encoded_venues(newest, MarketQuality(market))
            answer = response.SerializeToString()
            answer += with_fields(pb.GetCandlesResponse(candles=[newest]).SerializeToString(), venues)
        if len(found) > page.size:
            # Parts of a message one behind the other are the message.
            token = CandlePage.token(found[page.size].open_time)
            answer += pb.GetCandlesResponse(next_page_token=token).SerializeToString()
        return answer

    def _stream(self, request: pb.StreamCandlesRequest) -> Opened:
        market = self._reader.market(request.market)
        venue = self._reader.venue(market, request.venue)
        names = tuple(sorted({self._candles.interval(name).name for name in request.intervals or [""]}))
        fill = fill_of(request.fill)
        options = venue, names, fill, request.include_open, self._topics.for_edges
        opened = self._topics.events(
            (CandleTopic, *options),
            market,
            lambda: CandleTopic(self._of(market), self._topics.epoch, *options),
            request.on_overflow,
        )
        if not request.start_time_nanos:
            return opened
        if request.start_time_nanos >= 2**63:
            raise invalid("start_time_nanos", "is a time in nanoseconds since 1970, below 2^63")
        candles = self._of(market).get(CandleRuntime).candles
        intervals = [self._candles.interval(name) for name in names]
        kept = KeptCandles(market.pair, candles, self._past)
        before = CandlesBefore(
            market, venue, intervals, fill, kept, candles, request.start_time_nanos, self._topics.epoch
        )
        return self._streams.begun(opened, before)


def fill_of(value: int) -> Fill:
    """The choice for intervals without trades. Raises RequestError."""
    if value == pb.CANDLE_FILL_UNSPECIFIED:
        return Fill.NONE
    try:
        return Fill(value)
    except ValueError:
        raise invalid("fill", f"was {value}, which is no CandleFill") from None


@dataclass(frozen=True, slots=True)
class CandlePage:
    """A choice of candles, of one venue or of all venues together."""

    interval: Interval
    start: int
    """Open times from here on, nanoseconds UTC."""
    end: int
    """Open times before this."""
    size: int
    fill: Fill
    include_open: bool

    @staticmethod
    def token(open_time: int) -> str:
        """A token for the start of the next page."""
        return f"v1.{open_time}"


class CandleReader:
    """Knows which intervals this server has."""

    def __init__(self, intervals: Sequence[Interval]) -> None:
        self._intervals = {interval.name: interval for interval in intervals}

    def interval(self, text: str) -> Interval:
        """The interval of this name, however it is spelt. Raises RequestError."""
        try:
            name = Interval.parse(text or "1m").name
        except ConfigError as error:
            raise invalid("interval", str(error)) from None
        known = self._intervals.get(name)
        if known is None:
            there_are = f"there are {', '.join(self._intervals)}"
            raise invalid("interval", f"{name} is not kept here; {there_are}{did_you_mean(name, self._intervals)}")
        return known

    def page(self, request: pb.GetCandlesRequest) -> CandlePage:
        """The candles of a request. Raises RequestError."""
        if request.page_size > MAX_PAGE:
            raise invalid("page_size", f"at most {MAX_PAGE} candles are in a page, were {request.page_size}")
        start, end = request.start_time_nanos, request.end_time_nanos or clock.time_ns() + 1
        if request.page_token:
            start = _token(request.page_token)
        if start > end:
            raise invalid("start_time_nanos", "was behind end_time_nanos")
        return CandlePage(
            interval=self.interval(request.interval),
            start=start,
            end=end,
            size=request.page_size or DEFAULT_PAGE,
            fill=fill_of(request.fill),
            include_open=request.include_open,
        )


def _token(text: str) -> int:
    version, _, time_text = text.partition(".")
    if version != "v1" or not time_text.isascii() or not time_text.isdigit() or len(time_text) > 19:
        raise invalid("page_token", "is not one of this server's")
    return int(time_text)
