"""onebook.v1.HistoryService: what was kept, by time and by pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from onebook.v1 import history_pb2 as pb

from ..history.day_reader import Source
from ..history.markets import CONSOLIDATED
from ..history.merged_books import MergedBooks
from ..history.rows import MetricRow, OpenInterestRow, StatusRow, TradeRow, trade_key
from ..history.schema import Kind
from ..history_source.history import History
from ..history_source.past_messages import (
    book_message,
    interest_message,
    state_message,
    summary_message,
    trade_message,
)
from ..market.market import Market
from ..publish.epoch import Epoch
from ..request_errors import RequestError, invalid, refused
from .calls import Service, Unary
from .past_pages import page, read_time_token, readable, time_token, wanted
from .requests import RequestReader

SERVICE = "onebook.v1.HistoryService"
DEFAULT_PAGE, MOST_PAGE = 500, 5000
DEFAULT_BOOKS, MOST_BOOKS = 60, 600


def no_history() -> RequestError:
    """The server keeps nothing of the past."""
    return refused("NO_HISTORY", "this server keeps no history; it has to be started with --history DIR")


class HistoryCalls:
    """The calls of the service."""

    def __init__(self, reader: RequestReader, epoch: Epoch, history: History | None) -> None:
        self._reader, self._epoch, self._history = reader, epoch, history

    def service(self) -> Service:
        """The calls of the service, for any transport."""
        calls: dict[str, tuple[Callable[[History, Any], bytes], Any]] = {
            "ListTrades": (self._trades, pb.ListTradesRequest),
            "GetBookAt": (self._book_at, pb.GetBookAtRequest),
            "ListBooks": (self._books, pb.ListBooksRequest),
            "ListSummaries": (self._summaries, pb.ListSummariesRequest),
            "ListVenueStates": (self._states, pb.ListVenueStatesRequest),
            "ListOpenInterest": (self._open_interest, pb.ListOpenInterestRequest),
        }
        unary = {
            name: Unary(partial(self._with_history, call), request.FromString)
            for name, (call, request) in calls.items()
        }
        return Service(SERVICE, unary, {})

    def _with_history(self, call: Callable[[History, Any], bytes], request: Any) -> bytes:
        if self._history is None:
            raise no_history()
        return call(self._history, request)

    # -- rows of venues --------------------------------------------------------------------------------------------

    def _trades(self, history: History, request: pb.ListTradesRequest) -> bytes:
        def key(row: TradeRow) -> tuple[int, int]:
            return row.time, trade_key(row.trade_id)

        market = self._reader.market(request.market)
        asked = wanted(Kind.TRADE, request.range, DEFAULT_PAGE, MOST_PAGE)
        rows, more = page(Kind.TRADE, history.store.trades, key, self._sources(market, request.venues), asked)
        trades = [trade_message(row, market.name, self._epoch.start) for row in rows]
        return pb.ListTradesResponse(trades=trades, next_page_token=more).SerializeToString()

    def _states(self, history: History, request: pb.ListVenueStatesRequest) -> bytes:
        def key(row: StatusRow) -> tuple[int, int, str]:
            return row.time, int(row.state), row.detail

        market = self._reader.market(request.market)
        asked = wanted(Kind.STATUS, request.range, DEFAULT_PAGE, MOST_PAGE)
        rows, more = page(Kind.STATUS, history.store.status, key, self._sources(market, request.venues), asked)
        changes = [state_message(row, market.name) for row in rows]
        return pb.ListVenueStatesResponse(changes=changes, next_page_token=more).SerializeToString()

    def _open_interest(self, history: History, request: pb.ListOpenInterestRequest) -> bytes:
        def key(row: OpenInterestRow) -> tuple[int]:
            return (row.time,)

        market = self._reader.market(request.market)
        asked = wanted(Kind.OPEN_INTEREST, request.range, DEFAULT_PAGE, MOST_PAGE)
        sources = self._sources(market, request.venues)
        rows, more = page(Kind.OPEN_INTEREST, history.store.open_interest, key, sources, asked)
        values = [interest_message(row, market.name) for row in rows]
        return pb.ListOpenInterestResponse(values=values, next_page_token=more).SerializeToString()

    def _summaries(self, history: History, request: pb.ListSummariesRequest) -> bytes:
        def key(row: MetricRow) -> tuple[int]:
            return (row.time,)

        market = self._reader.market(request.market)
        asked = wanted(Kind.METRIC, request.range, DEFAULT_PAGE, MOST_PAGE)
        source = Source(CONSOLIDATED, market.pair.base, market.pair.quote)
        rows, more = page(Kind.METRIC, history.store.metrics, key, [source], asked)
        summaries = [summary_message(row, market.name, self._epoch.start) for row in rows]
        return pb.ListSummariesResponse(summaries=summaries, next_page_token=more).SerializeToString()

    # -- books -----------------------------------------------------------------------------------------------------

    def _book_at(self, history: History, request: pb.GetBookAtRequest) -> bytes:
        market = self._reader.market(request.market)
        if not 0 < request.time_nanos < 2**63:
            raise invalid("time_nanos", "is a time in nanoseconds since 1970, above 0 and below 2^63")
        levels, venues = self._levels(market, request.levels), self._venues(market, request.venues)
        books = MergedBooks(history.store, market.pair.base, market.pair.quote, venues)
        states = readable(lambda: books.states(request.time_nanos))
        book = readable(lambda: books.at(request.time_nanos, states))
        made = book_message(book, market.name, self._epoch.start, levels, venues, states, request.time_nanos)
        return pb.GetBookAtResponse(book=made).SerializeToString()

    def _books(self, history: History, request: pb.ListBooksRequest) -> bytes:
        market = self._reader.market(request.market)
        levels, venues = self._levels(market, request.levels), self._venues(market, request.venues)
        after = read_time_token(request.range.page_token)
        request.range.page_token = ""
        asked = wanted(Kind.CHUNK, request.range, DEFAULT_BOOKS, MOST_BOOKS)
        start, end = asked.start, asked.end
        if after is not None and asked.newest_first:
            end = min(end, after)
        elif after is not None:
            start = max(start, after + 1)
        books = MergedBooks(history.store, market.pair.base, market.pair.quote, venues)
        found = readable(lambda: books.between(start, end, asked.size, newest_first=asked.newest_first))
        made = [book_message(book, market.name, self._epoch.start, levels, venues, {}, book.time) for book in found]
        # A page may end early, where one venue has more rows than the others: only an empty one is the end.
        more = time_token(found[-1].time) if found else ""
        return pb.ListBooksResponse(books=made, next_page_token=more).SerializeToString()

    def _levels(self, market: Market, levels: int) -> int:
        return self._reader.choice(market, levels, (), None).levels

    def _venues(self, market: Market, names: Sequence[str]) -> tuple[str, ...]:
        return self._reader.venues(market, names) or tuple(market.venues)

    def _sources(self, market: Market, names: Sequence[str]) -> list[Source]:
        base, quote = market.pair.base, market.pair.quote
        return [Source(venue, base, quote) for venue in sorted(self._venues(market, names))]
