"""Pages of a call: as many as there are, or as the limit needs."""

from __future__ import annotations

from operator import attrgetter

import pytest

from client import InvalidArgumentError, ProtocolError, Trade
from client.market_data.past_trades import trade_pages
from client.numbers import Scales
from client.pages import Pages
from client.query import response_query
from onebook.v1 import analytics_pb2, history_pb2
from onebook.v1 import types_pb2 as pb

SCALES = Scales("decimal")


def page(*names: str, more: str = "") -> history_pb2.ListTradesResponse:
    return history_pb2.ListTradesResponse(trades=[pb.Trade(trade_id=name) for name in names], next_page_token=more)


def test_all_pages_are_asked_for() -> None:
    pages = trade_pages(SCALES, "A/B", venues="x", start=5)
    tokens = []
    for response in (page("1", "2", more="a"), page("3", more="b"), page()):
        query = pages.next()
        assert query is not None
        assert (query.request.market, list(query.request.venues)) == ("A/B", ["x"])
        assert query.request.range.start_time_nanos == 5
        tokens.append(query.request.range.page_token)
        pages.add(response)
    assert pages.next() is None
    assert tokens == ["", "a", "b"]
    found = pages.all(raw=False)
    assert [each.trade_id for each in found] == ["1", "2", "3"]
    assert list(found.to_frame().trade_id) == ["1", "2", "3"]
    assert [type(each) for each in pages.all(raw=True)] == [pb.Trade] * 3


@pytest.mark.parametrize(("limit", "calls"), [(0, 0), (1, 1), (2, 1), (3, 2), (4, 2)])
def test_no_more_than_the_limit(limit: int, calls: int) -> None:
    pages, asked = trade_pages(SCALES, "A/B", limit=limit), 0
    while (query := pages.next()) is not None:
        assert query.request.range.page_size == limit
        asked += 1
        pages.add(page("1", "2", more=f"token {asked}"))
    assert asked == calls
    assert len(pages.all(raw=False)) == limit


def test_a_limit_below_zero_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="limit must be a whole number from 0, not -1") as caught:
        trade_pages(SCALES, "A/B", limit=-1)
    assert caught.value.field == "limit"


def test_a_server_that_repeats_a_page_is_an_error() -> None:
    pages = trade_pages(SCALES, "A/B")
    pages.add(page("1", more="a"))
    with pytest.raises(ProtocolError, match="past trades A/B: the server repeats the same page"):
        pages.add(page("1", more="a"))


def test_the_token_stands_in_the_range_or_in_the_request() -> None:
    query = response_query(
        lambda channel: channel, "candles", "GetCandles", analytics_pb2.GetCandlesRequest(market="A/B")
    )
    pages: Pages[pb.Trade, pb.Trade] = Pages(query, attrgetter("candles"), lambda one: one, Trade)
    pages.add(analytics_pb2.GetCandlesResponse(next_page_token="a"))
    following = pages.next()
    assert following is not None
    assert following.request == analytics_pb2.GetCandlesRequest(market="A/B", page_token="a")
    assert not query.request.page_token
