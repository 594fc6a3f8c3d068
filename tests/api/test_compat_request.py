"""Requests of several public contracts name the same market, and none gets another one in silence."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onebook.compat import orderbook_pb2 as pb
from server.api.compat_request import asked_for
from server.codes import Code
from server.market.market import Market
from server.model import Pair
from server.request_errors import RequestError

MARKETS = [Market(Pair.parse(name), ("alpha",), lambda _: None) for name in ("BTC/USDT", "ETH/BTC", "币安人生/USDT")]


def name(request: bytes, markets: Sequence[Market] = MARKETS) -> str:
    return asked_for(request, markets).name


def symbol(text: str) -> bytes:
    return pb.SymbolRequest(symbol=text).SerializeToString()


def pair(first: str, second: str) -> bytes:
    return pb.PairRequest(traded_pair=pb.TradedPair(first=first, second=second)).SerializeToString()


def refusal(request: bytes) -> RequestError:
    with pytest.raises(RequestError) as error:
        asked_for(request, MARKETS)
    return error.value


def test_a_request_without_fields_is_for_the_first_market() -> None:
    assert name(b"") == name(symbol("")) == name(pb.Empty().SerializeToString()) == "BTC/USDT"


@pytest.mark.parametrize("text", ["ETHBTC", "ethbtc", "eth-btc", "ETH/BTC", "Eth_Btc", "eth:btc"])
def test_a_market_is_found_by_its_name(text: str) -> None:
    assert name(symbol(text)) == "ETH/BTC"


def test_a_market_is_found_by_its_currencies() -> None:
    assert name(pair("eth", "btc")) == "ETH/BTC"
    assert name(pair("币安人生", "USDT")) == name(symbol("币安人生usdt")) == "币安人生/USDT"


def test_a_market_that_is_not_there_is_not_replaced_by_another() -> None:
    error = refusal(symbol("ETHBTD"))
    assert error.code is Code.NOT_FOUND
    assert "did you mean ETH/BTC?" in error.message
    assert refusal(pair("SOL", "USD")).code is Code.NOT_FOUND


WHOLE = pair("ETH", "BTC")


@pytest.mark.parametrize("request_bytes", [
    b"\x10\x05", symbol("ETHBTC") + b"\x10\x05", pair("ETH", ""), WHOLE + b"\x1a\x01a", b"\x0a\x02\xff\xfe", b"\x0a",
    b"\xff\xff", b"\x08\x01",
])  # fmt: skip
def test_fields_that_are_not_read_are_refused(request_bytes: bytes) -> None:
    assert refusal(request_bytes).code is Code.INVALID_ARGUMENT


@given(st.binary(max_size=40))
def test_any_bytes_get_their_market_or_a_documented_error(request_bytes: bytes) -> None:
    documented = Code.INVALID_ARGUMENT, Code.NOT_FOUND
    try:
        outcome: object = name(request_bytes)
    except RequestError as error:
        outcome = error.code
    assert outcome in (*documented, *(market.name for market in MARKETS))
