"""Parameters become the request that the contract has."""

from __future__ import annotations

import pytest
from google.protobuf.message import Message

from onebook.v1 import analytics_pb2 as analytics
from onebook.v1 import history_pb2 as history
from onebook.v1 import market_data_pb2 as market_data
from server.readable.request_form import MOST_NAMES, MOST_TEXT, RequestForm
from server.request_errors import RequestError


def made(kind: type[Message], **texts: str) -> Message:
    return kind.FromString(RequestForm(kind).payload(texts))


def test_fields_by_their_names() -> None:
    request = made(market_data.GetBookRequest, market="BTC/USDT", levels="3", venues="a,b", dust="0.10")
    assert request == market_data.GetBookRequest(market="BTC/USDT", levels=3, venues=["a", "b"], dust="0.10")


def test_forms_that_people_type() -> None:
    stream = made(market_data.StreamBookRequest, min_interval="0.5s", start="1970-01-01T00:00:01Z")
    assert stream == market_data.StreamBookRequest(min_interval_ms=500, start_time_nanos=10**9)
    candles = made(analytics.GetCandlesRequest, interval="5m", fill="previous", include_open="true", end="7")
    assert candles == analytics.GetCandlesRequest(
        interval="5m", fill=analytics.CANDLE_FILL_PREVIOUS, include_open=True, end_time_nanos=7
    )
    assert made(analytics.GetTradeVwapRequest, window="30s") == analytics.GetTradeVwapRequest(milliseconds=30_000)
    assert made(analytics.GetAveragesRequest, levels="5") == analytics.GetAveragesRequest(vwap_levels=5)


def test_the_names_of_the_contract_are_taken_too() -> None:
    assert made(market_data.StreamBookRequest, min_interval_ms="500").min_interval_ms == 500  # type: ignore[attr-defined]
    past = made(history.ListTradesRequest, **{"range.start_time_nanos": "9", "range.page_size": "2"})
    assert past == history.ListTradesRequest(range=history.PastRange(start_time_nanos=9, page_size=2))


def test_fields_of_a_field_need_no_dot() -> None:
    past = made(history.ListTradesRequest, start="9", page_size="2", newest_first="1")
    assert past == history.ListTradesRequest(
        range=history.PastRange(start_time_nanos=9, page_size=2, newest_first=True)
    )
    order = made(analytics.StreamQuoteRequest, side="BUY", size="0.5")
    assert order == analytics.StreamQuoteRequest(
        order=analytics.GetQuoteRequest(side=analytics.QUOTE_SIDE_BUY, size="0.5")
    )


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ({"lvels": "1"}, "lvels: is no parameter of this call, which has market, levels"),
        ({"lvels": "1"}, "; did you mean levels?"),
        ({"levels": "-1"}, "levels: must be a whole number from 0 to 4294967295, was '-1'"),
        ({"levels": "4294967296"}, "levels: must be a whole number"),
        ({"levels": "\u0661"}, "levels: must be a whole number"),
        ({"min_interval": "5", "levels": "1"}, "min_interval: was '5', which is no length"),
        ({"min_interval": "5s", "min_interval_ms": "5"}, "means the same as min_interval"),
        ({"market": "x" * (MOST_TEXT + 1)}, f"market: has at most {MOST_TEXT} characters"),
        ({"venues": "a," * (MOST_NAMES + 1)}, f"venues: has at most {MOST_NAMES} names"),
        ({"start": "99999999999999999999"}, "start: must be a whole number from 0 to 18446744073709551615"),
    ],
)
def test_errors_name_the_parameter(texts: dict[str, str], words: str) -> None:
    with pytest.raises(RequestError) as error:
        RequestForm(market_data.StreamBookRequest).payload(texts)
    assert words in error.value.message


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ({"side": "up"}, "side: must be one of buy, sell, was 'up'"),
        ({"beyond_proved": "yes"}, "beyond_proved: must be true or false, was 'yes'"),
        ({"size": "1", "notional": "1"}, "notional: excludes size: give only one of them"),
    ],
)
def test_errors_of_quotes(texts: dict[str, str], words: str) -> None:
    with pytest.raises(RequestError, match=words):
        RequestForm(analytics.GetQuoteRequest).payload(texts)
