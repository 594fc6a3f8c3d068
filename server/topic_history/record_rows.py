"""Records of the topics as rows of the history. The same record makes the same rows, whoever reads it and how often."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal

from google.protobuf.message import DecodeError

from onebook.v1 import market_data_pb2, reference_pb2, types_pb2

from ..edge.candle_decoder import decode_candle
from ..edge.decoder import RecordError, decode, exact, names_of
from ..edge.events import BookState, TradeSeen
from ..history.errors import NumberError
from ..history.intake import Row
from ..history.markets import CONSOLIDATED
from ..history.rows import BookRow, MetricRow, OpenInterestRow, StatusRow, TradeGapRow, TradeRow
from ..history_source.candle_rows import candle_row
from ..history_source.market_sampler import LEVELS, LONG, SHORT
from ..history_source.row_markets import FixedMarkets
from ..kafka.contract import BOOK, CANDLE, QUALITY, REF, STAT, TRADE
from ..model import Pair, Trade, VenueState
from ..units import SECOND

Side = Iterable[types_pb2.Level]


class RecordRows:
    """Books and prices have one row per second and key; states of venues, one per change."""

    def __init__(self) -> None:
        self._markets = FixedMarkets()
        self._seconds: dict[tuple[str, bytes], int] = {}
        """By kind of topic and key: the second of the newest row."""
        self._states: dict[tuple[str, str], int] = {}
        """By market and venue."""
        self._makers: Mapping[str, Callable[[bytes, bytes], Iterator[Row]]] = {
            TRADE.name: self._trade, CANDLE.name: self._candle, BOOK.name: self._book, STAT.name: self._metric,
            QUALITY.name: self._status, REF.name: self._interest,
        }  # fmt: skip

    def of(self, kind: str, key: bytes | None, value: bytes | None) -> list[Row]:
        """The rows of a record of this kind of topic. Raises RecordError and NumberError: the record breaks the
        contract, or has a number that no row can keep exactly."""
        names_of(key)
        if value is None or key is None:
            return []  # The market was removed.
        try:
            return [*self._makers[kind](key, value)]
        except (RecordError, NumberError):
            raise
        except (DecodeError, ValueError, ArithmeticError) as error:
            raise RecordError(f"{kind} {key!r:.80}: {error}") from None

    def _trade(self, key: bytes, value: bytes) -> Iterator[Row]:
        seen = decode(TRADE.name, key, value)
        assert isinstance(seen, TradeSeen)
        pair, what = _pair(seen.market), seen.what
        if not isinstance(what, Trade):
            market = self._markets.of(pair, seen.venue)
            yield TradeGapRow(market, seen.receive_time, what.after_id, what.before_id, what.missing)
            return
        market = self._markets.of(pair, seen.venue, (what.price,), (what.size,))
        if seen.dropped:
            yield TradeGapRow(self._markets.of(pair, seen.venue), seen.receive_time, "", what.trade_id, 0)
        time = what.exchange_time if what.exchange_time > 0 else seen.receive_time
        price, quantity = market.price(what.price), market.quantity(what.size)
        yield TradeRow(market, time, what.trade_id, what.side, price, quantity, seen.receive_time)

    def _candle(self, key: bytes, value: bytes) -> Iterator[Row]:
        seen = decode_candle(*names_of(key), value)
        if seen is not None:
            yield candle_row(self._markets, _pair(seen.market), seen.venue, seen.candle)

    def _book(self, key: bytes, value: bytes) -> Iterator[Row]:
        state = decode(BOOK.name, key, value)
        assert isinstance(state, BookState)
        second = state.published // SECOND
        if not state.live or not self._begins(BOOK.name, key, second):
            return
        book = state.book
        bids, asks = (_numbers(side, book.price_exponent, book.size_exponent) for side in (book.bids, book.asks))
        prices, sizes = zip(*bids, *asks, strict=True) if bids or asks else ((), ())
        market = self._markets.of(_pair(state.market), state.venue, prices, sizes)
        rows = [tuple((market.price(price), market.quantity(size)) for price, size in side) for side in (bids, asks)]
        yield BookRow(market, second * SECOND, state.venue_sequence, rows[0], rows[1])

    def _metric(self, key: bytes, value: bytes) -> Iterator[Row]:
        summary = market_data_pb2.StreamSummaryResponse.FromString(value).summary
        second = summary.header.publish_time_nanos // SECOND
        if summary.header.heartbeat or not self._begins(STAT.name, key, second):
            return
        bid = [summary.best_bid] if summary.HasField("best_bid") else []
        ask = [summary.best_ask] if summary.HasField("best_ask") else []
        tops = [_numbers(side, summary.price_exponent, summary.size_exponent) for side in (bid, ask)]
        prices, sizes = [price for top in tops for price, _ in top], [size for top in tops for _, size in top]
        market = self._markets.of(_pair(names_of(key)[0]), CONSOLIDATED, prices, sizes)
        (bid_price, bid_size), (ask_price, ask_size) = (
            (market.price(top[0][0]), market.quantity(top[0][1])) if top else (None, None) for top in tops
        )
        vwap = exact(summary.vwap_price, summary.vwap_exponent) if summary.HasField("vwap_price") else None
        short, long = (_average(summary, window) for window in (SHORT, LONG))
        yield MetricRow(market, second * SECOND, bid_price, bid_size, ask_price, ask_size, vwap, *short, *long)

    def _status(self, key: bytes, value: bytes) -> Iterator[Row]:
        status = market_data_pb2.StreamVenueStatusResponse.FromString(value).status
        pair = _pair(names_of(key)[0])
        for quality in status.venues:
            place, state = (str(pair), quality.venue), int(quality.state)
            if state and self._states.get(place) != state:
                self._states[place] = state
                market = self._markets.of(pair, quality.venue)
                try:
                    known = VenueState(state)
                except ValueError:
                    raise RecordError(f"quality {pair}: there is no state {state}") from None
                yield StatusRow(market, status.header.publish_time_nanos, known, quality.detail)

    def _interest(self, key: bytes, value: bytes) -> Iterator[Row]:
        reference = reference_pb2.Reference.FromString(value)
        pair = _pair(names_of(key)[0])
        for said in reference.open_interest.venues:
            amount = Decimal(said.value)
            if not amount.is_finite():
                raise RecordError(f"ref {pair}: {said.value!r:.80} is no open interest")
            time = said.exchange_time_nanos or said.receive_time_nanos
            yield OpenInterestRow(self._markets.of(pair, said.venue), time, amount, said.receive_time_nanos)

    def _begins(self, kind: str, key: bytes, second: int) -> bool:
        """Whether this is the first row of its second."""
        new = second > self._seconds.get((kind, key), 0)
        if new:
            self._seconds[kind, key] = second
        return new


def _pair(name: str) -> Pair:
    base, _, quote = name.partition("/")
    return Pair(base, quote)


def _numbers(side: Side, price_exponent: int, size_exponent: int) -> list[tuple[Decimal, Decimal]]:
    """Price and size of the best levels."""
    levels = list(side)[:LEVELS]
    return [(exact(level.price, price_exponent), exact(level.size, size_exponent)) for level in levels]


def _average(summary: types_pb2.Summary, window: int) -> tuple[Decimal | None, int]:
    """The time-weighted average over a window, and its coverage in millionths."""
    for each in summary.averages:
        if each.window_nanos == window and each.HasField("time_weighted"):
            return exact(each.time_weighted, summary.vwap_exponent), each.coverage_ppm
    return None, 0
