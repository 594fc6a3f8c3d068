"""What a type checker must know of the client. Never run: mypy and pyright read it (`make types`)."""

from __future__ import annotations

from decimal import Decimal

from typing_extensions import assert_type

from client import (
    AsyncClient,
    AsyncStream,
    Averages,
    Book,
    Candle,
    Client,
    Level,
    Market,
    OpenInterest,
    OrderFlow,
    PastInterest,
    PriceAverage,
    Quote,
    QuoteSlice,
    Reconciliation,
    Rows,
    Side,
    Stream,
    Summary,
    Trade,
    TradeGap,
    TradeVwap,
    Venue,
    VenueQuality,
    VenueState,
    VenueStateChange,
    VenueStatus,
)
from onebook.v1 import analytics_pb2 as analytics
from onebook.v1 import types_pb2 as pb


def sync_decimal() -> None:
    client = Client("127.0.0.1:50052", timeout=3)
    assert_type(client, Client[Decimal])
    assert_type(client.book("BTC/USDT", 5, venues="binance", dust="0.1"), Book[Decimal])
    assert_type(client.summary(), Summary[Decimal])
    assert_type(client.venue_book("binance"), Book[Decimal])
    assert_type(client.venue_status(), VenueStatus[Decimal])
    assert_type(client.markets(), Rows[Market])
    assert_type(client.venues(), Rows[Venue])
    assert_type(client.stream_book(), Stream[Book[Decimal]])
    assert_type(client.stream_trades(disconnect_on_overflow=True), Stream[Trade[Decimal]])
    assert_type(client.stream_trades(on_gap=told), Stream[Trade[Decimal]])
    assert_type(client.stream_trades(start=5, raw=True), Stream[pb.Trade])
    assert_type(client.stream_book(start=5), Stream[Book[Decimal]])
    assert_type(client.past_trades(start=5, limit=3), Rows[Trade[Decimal]])
    assert_type(client.past_trades(raw=True), tuple[pb.Trade, ...])
    assert_type(client.book_at("BTC/USDT", 5), Book[Decimal])
    assert_type(client.past_books(levels=3), Rows[Book[Decimal]])
    assert_type(client.past_summaries(), Rows[Summary[Decimal]])
    assert_type(client.past_venue_states(), Rows[VenueStateChange])
    assert_type(client.past_open_interest(), Rows[PastInterest[Decimal]])
    for book in client.stream_book(levels=10, min_interval=0.1):
        assert_type(book.best_bid, Level[Decimal] | None)
        assert_type(book.spread, Decimal | None)
        assert_type(book.venues, Rows[VenueQuality[Decimal]])
        assert_type(book.venues[0].state, VenueState)
        if book.best_bid is not None:
            assert_type(book.best_bid.price * 2, Decimal)


def told(gap: TradeGap) -> None:
    assert_type(gap.missing, int)


def sync_float() -> None:
    with Client(numbers="float") as client:
        assert_type(client, Client[float])
        for summary in client.stream_summary():
            assert_type(summary.mid, float | None)
        assert_type(client.book().asks, Rows[Level[float]])


def raw() -> None:
    with Client() as client:
        assert_type(client.book(raw=True), pb.Book)
        assert_type(client.stream_book(raw=True), Stream[pb.Book])
        assert_type(client.stream_summary(raw=True), Stream[pb.Summary])
        assert_type(client.stream_venue_book("x", raw=True), Stream[pb.Book])
        assert_type(client.stream_venue_status(raw=True), Stream[pb.VenueStatus])
        assert_type(client.stream_trades(raw=True), Stream[pb.Trade])


def analytics_decimal(client: Client) -> None:
    assert_type(client.averages("BTC/USDT", 5, venues="x"), Averages[Decimal])
    assert_type(client.trade_vwap(window=30), TradeVwap[Decimal])
    assert_type(client.candles("BTC/USDT", "1m", fill="none"), Rows[Candle[Decimal]])
    assert_type(client.open_interest(), OpenInterest[Decimal])
    assert_type(client.order_flow(levels=3), OrderFlow[Decimal])
    assert_type(client.quote("BTC/USDT", "buy", size="2.5"), Quote[Decimal])
    assert_type(client.quote("", Side.SELL, notional=100).slices, Rows[QuoteSlice[Decimal]])
    assert_type(client.stream_averages(min_interval=1), Stream[Averages[Decimal]])
    assert_type(client.stream_open_interest(), Stream[OpenInterest[Decimal]])
    assert_type(client.stream_order_flow(), Stream[OrderFlow[Decimal]])
    for candle in client.stream_candles("BTC/USDT", ["1m", "1h"], include_open=True):
        assert_type(candle.open, Decimal | None)
        assert_type(candle.reconciliation, Reconciliation[Decimal] | None)
    assert_type(client.summary().averages, Rows[PriceAverage[Decimal]])


async def analytics_async() -> None:
    async with AsyncClient(numbers="float") as client:
        assert_type(await client.candles(), Rows[Candle[float]])
        assert_type(await client.quote("", "sell", size=1), Quote[float])
        assert_type(await client.past_trades(limit=2), Rows[Trade[float]])
        assert_type(await client.book_at("", 5, raw=True), pb.Book)
        assert_type(client.stream_candles(start=5), AsyncStream[Candle[float]])
        async for vwap in client.stream_trade_vwap(trades=200):
            assert_type(vwap.vwap, float | None)
        assert_type(client.stream_quote("", "buy", size=1, raw=True), AsyncStream[analytics.Quote])


def analytics_raw(client: Client) -> None:
    assert_type(client.candles(raw=True), tuple[analytics.Candle, ...])
    assert_type(client.stream_candles(raw=True), Stream[analytics.Candle])
    assert_type(client.averages(raw=True), analytics.Averages)


def bare_names_mean_decimal(book: Book, level: Level, client: Client) -> None:
    assert_type(book.mid, Decimal | None)
    assert_type(level.size, Decimal)
    assert_type(client.book(), Book[Decimal])


async def aio() -> None:
    async with AsyncClient(numbers="float") as client:
        assert_type(client, AsyncClient[float])
        assert_type(client.stream_book(raw=True), AsyncStream[pb.Book])
        assert_type(await client.book(), Book[float])
        async for book in client.stream_book("BTC/USDT"):
            assert_type(book, Book[float])
    assert_type(await AsyncClient().venues(), Rows[Venue])


def mistakes_are_found(client: Client) -> None:
    client.stream_book(level=5)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    client.stream_book(dust=[])  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    client.quote("", "hold")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    client.candles(fill="zero")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    Client(numbers="double")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    client.book().bids[0].price = Decimal(1)  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
