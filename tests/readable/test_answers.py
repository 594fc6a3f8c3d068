"""Answers with one message, with one of several, and with a list in pages."""

from __future__ import annotations

import json

from onebook.v1 import history_pb2, market_data_pb2
from onebook.v1 import types_pb2 as pb
from server.readable.answers import AnswerShape


def link(token: str) -> str:
    return f"/next/{token}"


def test_one_message_is_one_line() -> None:
    answer = AnswerShape(market_data_pb2.GetBookResponse)
    payload = market_data_pb2.GetBookResponse(book=pb.Book(market="A/B")).SerializeToString()
    assert json.loads(answer.line(payload))["market"] == "A/B"
    assert answer.text(payload, link) == answer.line(payload)


def test_one_of_several() -> None:
    answer = AnswerShape(market_data_pb2.StreamTradesResponse)
    trade = market_data_pb2.StreamTradesResponse(trade=pb.Trade(trade_id="7"))
    gap = market_data_pb2.StreamTradesResponse(gap=pb.TradeGap(missing=2))
    assert json.loads(answer.line(trade.SerializeToString()))["type"] == "trade"
    assert json.loads(answer.line(gap.SerializeToString()))["type"] == "trade_gap"


def test_a_page_says_where_the_next_one_is() -> None:
    answer = AnswerShape(history_pb2.ListTradesResponse)
    page = history_pb2.ListTradesResponse(trades=[pb.Trade(trade_id="7")], next_page_token="t.1")
    made = json.loads(answer.text(page.SerializeToString(), link))
    assert (made["trades"][0]["trade_id"], made["next"]) == ("7", "/next/t.1")
    assert json.loads(answer.text(b"", link)) == {"trades": [], "next": None}


def test_a_list_without_pages() -> None:
    answer = AnswerShape(market_data_pb2.ListMarketsResponse)
    assert json.loads(answer.text(b"", link)) == {"markets": []}


def test_a_selection_is_of_all_lines() -> None:
    answer = AnswerShape(history_pb2.ListTradesResponse).selected(["venue"], [])
    page = history_pb2.ListTradesResponse(trades=[pb.Trade(venue="a"), pb.Trade(venue="b")])
    assert list(answer.lines(page.SerializeToString())) == [
        b'{"type": "trade", "venue": "a"}',
        b'{"type": "trade", "venue": "b"}',
    ]
