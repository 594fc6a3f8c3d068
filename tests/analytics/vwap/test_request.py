"""What a VWAP request may ask for."""

from __future__ import annotations

import pytest

from onebook.v1 import analytics_pb2 as pb
from server.analytics.vwap.request import DEFAULT_TRADES, MAX_WINDOW_MS, window_of
from server.analytics.vwap.runtime import TAPE, WindowChoice
from server.request_errors import RequestError


@pytest.mark.parametrize(
    ("request_", "choice"),
    [
        (pb.GetTradeVwapRequest(), WindowChoice("x", DEFAULT_TRADES)),
        (pb.GetTradeVwapRequest(trades=0), WindowChoice("x", 0)),
        (pb.GetTradeVwapRequest(trades=TAPE), WindowChoice("x", TAPE)),
        (pb.GetTradeVwapRequest(milliseconds=250), WindowChoice("x", None, 250_000_000)),
    ],
)
def test_windows(request_: pb.GetTradeVwapRequest, choice: WindowChoice) -> None:
    assert window_of(request_, "x") == choice


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (pb.GetTradeVwapRequest(trades=TAPE + 1), f"trades: at most {TAPE} trades are remembered"),
        (pb.GetTradeVwapRequest(milliseconds=0), "milliseconds: 1 to"),
        (pb.GetTradeVwapRequest(milliseconds=MAX_WINDOW_MS + 1), "milliseconds: 1 to"),
    ],
)
def test_what_is_refused(request_: pb.GetTradeVwapRequest, words: str) -> None:
    with pytest.raises(RequestError, match=words):
        window_of(request_, "")
