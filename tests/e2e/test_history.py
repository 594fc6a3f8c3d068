"""A server keeps what happens, is killed, and a server behind it answers for both."""

from __future__ import annotations

import signal
import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import grpc
import pytest

from onebook.v1 import analytics_pb2 as analytics
from onebook.v1 import history_pb2 as pb
from onebook.v1 import market_data_pb2 as market_data
from onebook.v1.analytics_pb2_grpc import AnalyticsServiceStub
from onebook.v1.history_pb2_grpc import HistoryServiceStub
from onebook.v1.market_data_pb2_grpc import MarketDataServiceStub
from tests.waiting import eventually

from .processes import Server, Yard

VENUES = ("binance", "bybit", "kraken")


def trades_of(messages: Iterable[Any], seconds: float) -> dict[tuple[str, str], Any]:
    """The trades of a stream for so long, each once."""
    found: dict[tuple[str, str], Any] = {}
    deadline = time.monotonic() + seconds
    for message in messages:
        if message.trade.trade_id:
            key = message.trade.venue, message.trade.trade_id
            assert key not in found, "a trade came twice"
            found[key] = message.trade
        if time.monotonic() > deadline:
            break
    return found


def all_trades(past: Any) -> set[tuple[str, str]]:
    return {(trade.venue, trade.trade_id) for trade in past_trades(past)}


def past_trades(past: Any, venue: str = "") -> list[Any]:
    """The trades of all venues, or of one."""
    found: list[Any] = []
    request = pb.ListTradesRequest(range=pb.PastRange(page_size=500))
    while True:
        page = past.ListTrades(request)
        found += [trade for trade in page.trades if venue in ("", trade.venue)]
        if not page.next_page_token:
            return found
        request.range.page_token = page.next_page_token


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_what_a_killed_server_kept_is_served_by_the_next_one(yard: Yard, tmp_path: Path) -> None:
    folder, begin = tmp_path / "history", time.time_ns()
    simulator = yard.simulator("--venues", ",".join(VENUES))
    settings = "--history", str(folder)
    simulator.config.write_text('candles = ["2s", "20s"]\n' + simulator.config.read_text())
    server: Server = yard.serve(simulator, *settings)
    channel = grpc.insecure_channel(server.address)
    stream = MarketDataServiceStub(channel).StreamTrades(market_data.StreamTradesRequest(), timeout=60)
    seen = trades_of(stream, 8.0)
    assert {venue for venue, _ in seen} == set(VENUES)
    killed = time.time_ns()
    server.signal(signal.SIGKILL)
    server.wait()
    channel.close()

    server = yard.serve(simulator, *settings)
    channel = grpc.insecure_channel(server.address)
    past, live = HistoryServiceStub(channel), MarketDataServiceStub(channel)
    eventually(lambda: seen.keys() <= all_trades(past), "all trades that were streamed", 30)
    request = market_data.StreamTradesRequest(start_time_nanos=begin)
    both = trades_of(live.StreamTrades(request, timeout=60), 6.0)
    assert seen.keys() <= both.keys()
    assert any(not trade.header.past for trade in both.values()), "it has crossed into the live trades"
    for key, trade in seen.items():
        again = both[key]
        assert (again.price, again.price_exponent) == (trade.price, trade.price_exponent) or (
            again.price * 10 ** (again.price_exponent + 30) == trade.price * 10 ** (trade.price_exponent + 30)
        )

    middle = (begin + time.time_ns()) // 2
    book = eventually(
        lambda: (made := past.GetBookAt(pb.GetBookAtRequest(time_nanos=middle - 4 * 10**9)).book).bids and made,
        "a book of the past",
        30,
    )
    assert book.bids[0].price < book.asks[0].price or len(book.venues) > 1
    summaries = past.ListSummaries(pb.ListSummariesRequest()).summaries
    assert len(summaries) >= 5
    states = past.ListVenueStates(pb.ListVenueStatesRequest()).changes
    assert {change.venue for change in states} >= set(VENUES)
    wanted = analytics.GetCandlesRequest(venue=VENUES[0], interval="2s", start_time_nanos=begin)
    candles = AnalyticsServiceStub(channel).GetCandles(wanted).candles
    opens = [candle.open_time_nanos for candle in candles]
    assert opens == sorted(set(opens))
    assert opens
    wanted = analytics.GetCandlesRequest(venue=VENUES[0], interval="20s", start_time_nanos=killed - 20 * 10**9)

    def in_progress() -> Any:
        found = AnalyticsServiceStub(channel).GetCandles(wanted).candles
        return next((each for each in found if each.open_time_nanos <= killed < each.close_time_nanos), None)

    candle = eventually(in_progress, "the candle in which the server was killed", 40)
    times = [each.exchange_time_nanos for each in past_trades(past, VENUES[0])]
    assert candle.trades == sum(candle.open_time_nanos <= time < candle.close_time_nanos for time in times) > 0
    channel.close()
    server.signal(signal.SIGTERM)
    assert server.wait() == 0
    (day,) = sorted(folder.glob("*.db"))[-1:]
    with sqlite3.connect(day) as database:
        assert database.execute("pragma integrity_check").fetchall() == [("ok",)]
        (count,) = database.execute("select count(*) from v_trade").fetchone()
    assert count > 0
