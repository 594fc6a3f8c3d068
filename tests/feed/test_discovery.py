"""Pairs in a venue's list: page by page, with rows that cannot be read, in other spellings, under other names."""

from __future__ import annotations

import json
import logging
import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest

from server.errors import FrameError, UnreachableError
from server.feed.discovery import PAGES, Discovery, find, read_list
from server.model import Pair, Reach
from server.network.rest_client import RestClient
from server.protocol.rest_request import RestRequest
from server.venues.bybit import BybitLinear
from server.venues.okx import Okx, OkxSwap


def rest(*bodies: Any) -> RestClient:
    left = [json.dumps(body).encode() for body in bodies]

    def get(_request: RestRequest, _stop: threading.Event, _held: object = None) -> bytes:
        if not left:
            raise UnreachableError("nobody there")
        return left.pop(0) if len(left) > 1 else left[0]

    return cast(RestClient, SimpleNamespace(get=get))


def spot(base: str, **other: Any) -> dict[str, Any]:
    row = {"instId": f"{base}-USDT", "baseCcy": base, "quoteCcy": "USDT", "tickSz": "0.1", "lotSz": "0.01"}
    return {**row, "state": "live", **other}


def swap(base: str, **other: Any) -> dict[str, Any]:
    row = {"instId": f"{base}-USDT-SWAP", "uly": f"{base}-USDT", "tickSz": "0.1", "lotSz": "0.01", "ctMult": "1"}
    return {**row, "state": "live", "ctVal": "0.01", "ctType": "linear", **other}


def ok(*rows: Any) -> dict[str, Any]:
    return {"code": "0", "msg": "", "data": list(rows)}


def pairs(*names: str) -> list[Pair]:
    return [Pair.parse(name) for name in names]


@pytest.mark.parametrize("wrong", [{"uly": ""}, {"uly": None}, {"tickSz": ""}, {"lotSz": "0"}, {"ctVal": None}])
def test_one_unreadable_row_is_left_out_and_said_once(wrong: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    answer = ok(swap("BTC"), swap("NEW", **wrong), swap("ODD", **wrong), swap("ETH"))
    discovery = Discovery(OkxSwap(), rest(answer), threading.Event())
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            btc, new, eth, none = discovery.listings(pairs("BTC/USDT", "NEW/USDT", "ETH/USDT", "XYZ/USDT"))
            assert (btc.reach, eth.reach, none.reach) == (Reach.LISTED, Reach.LISTED, Reach.UNLISTED)
            assert new.reach is Reach.UNREACHABLE, "which is asked again, and not called unlisted"
            assert "could not be read" in new.detail
    (line,) = caplog.messages
    assert line.startswith("okx_swap: 2 rows are left out of the list of pairs")
    assert "NEW" in line


def test_a_list_without_anything_is_a_failure() -> None:
    for answer in (ok(), ok(swap("A", uly=""), swap("B", uly=""))):
        (listing,) = Discovery(OkxSwap(), rest(answer), threading.Event()).listings(pairs("BTC/USDT"))
        assert listing.reach is Reach.UNREACHABLE


def test_pages_are_read_like_one_list_and_end() -> None:
    def page(base: str, cursor: str, **other: Any) -> dict[str, Any]:
        row = {
            "symbol": f"{base}USDT", "baseCoin": base, "quoteCoin": "USDT", "status": "Trading",
            "contractType": "LinearPerpetual", "priceFilter": {"tickSize": "0.1"}, "lotSizeFilter": {"qtyStep": "1"},
        }  # fmt: skip
        return {"retCode": 0, "result": {"list": [row, {**row, "symbol": "X", **other}], "nextPageCursor": cursor}}

    answers = rest(page("BTC", "2"), page("ETH", "", baseCoin=None))
    found = read_list(BybitLinear(), answers, threading.Event())
    assert {str(item.pair) for item in found} == {"BTC/USDT", "ETH/USDT"}
    assert len(found.unread) == 1
    with pytest.raises(FrameError, match=f"more than {PAGES} pages"):
        read_list(BybitLinear(), rest(page("BTC", "again")), threading.Event())


def test_the_exact_spelling_comes_first_then_any_case() -> None:
    found = Okx().instruments(json.dumps(ok(spot("AAPLx"), spot("AAPLX"), spot("币安人生"), spot("weETH"))).encode())
    listings = find("okx", found, pairs("AAPLx/USDT", "AAPLX/USDT", "weeth/usdt", "币安人生/USDT"))
    symbols = [listing.instrument.symbol for listing in listings if listing.instrument is not None]
    assert symbols == ["AAPLx-USDT", "AAPLX-USDT", "weETH-USDT", "币安人生-USDT"]
    assert [str(listing.instrument.pair) for listing in listings if listing.instrument] == [
        "AAPLx/USDT", "AAPLX/USDT", "WEETH/USDT", "币安人生/USDT",
    ]  # fmt: skip


def test_a_renamed_asset_is_suggested_and_can_be_typed_back() -> None:
    found = Okx().instruments(json.dumps(ok(spot("POL"), spot("币安人生"), spot("S"))).encode())
    for typed, meant in (("MATIC/USDT", "POL/USDT"), ("FTM/USDT", "S/USDT"), ("币安人/USDT", "币安人生/USDT")):
        (listing,) = find("okx", found, pairs(typed))
        assert (listing.reach, listing.suggestion) == (Reach.UNLISTED, meant)
        (again,) = find("okx", found, pairs(listing.suggestion))
        assert again.reach is Reach.LISTED
