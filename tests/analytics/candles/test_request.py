"""What a request for candles may ask for, and how its pages go on."""

from __future__ import annotations

import time

import pytest

from onebook.v1 import analytics_pb2 as pb
from server.analytics.candles.candle import Fill
from server.analytics.candles.request import DEFAULT_PAGE, MAX_PAGE, CandlePage, CandleReader, fill_of
from server.analytics.intervals import Interval
from server.request_errors import RequestError

READER = CandleReader([Interval.parse(name) for name in ("1m", "5m", "1h")])


def test_defaults() -> None:
    page = READER.page(pb.GetCandlesRequest())
    assert (page.interval.name, page.start, page.size, page.fill) == ("1m", 0, DEFAULT_PAGE, Fill.NONE)
    assert abs(page.end - time.time_ns()) < 10**11


def test_a_page_goes_on_where_its_token_says() -> None:
    token = CandlePage.token(1_795_000_020_000_000_000)
    page = READER.page(pb.GetCandlesRequest(interval="3600s", page_token=token, page_size=7, fill=pb.CANDLE_FILL_NULL))
    assert (page.interval.name, page.start, page.size, page.fill) == ("1h", 1_795_000_020_000_000_000, 7, Fill.NULL)


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (pb.GetCandlesRequest(interval="2m"), "2m is not kept here; there are 1m, 5m, 1h; did you mean"),
        (pb.GetCandlesRequest(interval="hour"), "interval 'hour' was not"),
        (pb.GetCandlesRequest(page_size=MAX_PAGE + 1), "page_size: at most"),
        (pb.GetCandlesRequest(page_token="v2.1"), "page_token: is not one of this server's"),
        (pb.GetCandlesRequest(page_token="v1.-1"), "page_token: is not one of this server's"),
        (pb.GetCandlesRequest(page_token="v1." + "9" * 20), "page_token: is not one of this server's"),
        (pb.GetCandlesRequest(start_time_nanos=2, end_time_nanos=1), "start_time_nanos: was behind end_time_nanos"),
    ],
)
def test_what_is_refused(request_: pb.GetCandlesRequest, words: str) -> None:
    with pytest.raises(RequestError, match=words):
        READER.page(request_)
    with pytest.raises(RequestError, match="fill: was 9"):
        fill_of(9)
