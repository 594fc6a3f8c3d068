"""The smallest order that each venue takes, from its list of instruments: what sweep quotes leave out is below it."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from server.model import Instrument
from server.protocol.fields import least
from server.protocol.venue import Venue
from server.venues.binance import Binance
from server.venues.binance_us import BinanceUs
from server.venues.binance_usdm import BinanceUsdm
from server.venues.bitstamp import Bitstamp
from server.venues.bybit import BybitLinear
from server.venues.coinbase_exchange import CoinbaseExchange
from server.venues.kraken import Kraken
from server.venues.kucoin import Kucoin
from server.venues.okx import Okx, OkxSwap
from tests.captures import records

RECORDED: list[tuple[Venue, str, str, str, str, str]] = [
    (Binance(), "binance_spot/multi4_20211011.jsonl.gz", "exchangeInfo", "BTCUSDT", "0.00001", "10"),
    (BinanceUs(), "binance_us/multi4_20211011.jsonl.gz", "exchangeInfo", "BTCUSD", "0.000001", "10"),
    (Bitstamp(), "bitstamp/multi10_20220104.jsonl.gz", "trading-pairs-info", "btcusd", "0", "20"),
    (Kraken(), "kraken/v1_multi10_20210417.jsonl.gz", "AssetPairs", "BTC/USD", "0.0002", "0"),
    (Kucoin(), "kucoin/five_20210425.jsonl.gz", "symbols", "BTC-USDT", "0.00001", "0"),
    (CoinbaseExchange(), "coinbase_exchange/five_products_20210417.jsonl.gz", "products", "BTC-USD", "0", "5"),
    (BybitLinear(), "bybit/v5_btc_sol_20260809.jsonl.gz", "instruments-info", "1000PEPEUSDT", "100", "5"),
]


@pytest.mark.parametrize(
    ("venue", "capture", "path", "symbol", "size", "notional"), RECORDED, ids=[row[0].NAME for row in RECORDED]
)
def test_recorded_lists(venue: Venue, capture: str, path: str, symbol: str, size: str, notional: str) -> None:
    found = recorded(venue, capture, path)
    assert (found[symbol].min_size, found[symbol].min_notional) == (Decimal(size), Decimal(notional))
    assert any(item.min_size or item.min_notional for item in found.values())


def recorded(venue: Venue, capture: str, path: str) -> dict[str, Instrument]:
    bodies = (record["d"] for record in records(capture) if record["k"] == "http" and path in record["u"])
    return {item.symbol: item for item in venue.instruments(next(bodies).encode())}


COIN = {"baseAsset": "BTC", "quoteAsset": "USDT", "symbol": "BTCUSDT", "status": "TRADING"}
LOT = {"filterType": "LOT_SIZE", "minQty": "0.00001", "stepSize": "0.00001"}
PRICE = {"filterType": "PRICE_FILTER", "tickSize": "0.01"}
STAMP = {"name": "BTC/EUR", "url_symbol": "btceur", "base_decimals": 8, "counter_decimals": 0, "trading": "Enabled"}
CRAKEN = {"wsname": "XBT/USD", "pair_decimals": 1, "lot_decimals": 8, "tick_size": "0.1", "status": "online"}
KU = {"baseCurrency": "BTC", "quoteCurrency": "USDT", "symbol": "BTC-USDT", "priceIncrement": "0.1",
      "baseIncrement": "0.00000001", "enableTrading": True}  # fmt: skip
SPOT = {"baseCcy": "BTC", "quoteCcy": "USDT", "instId": "BTC-USDT", "tickSz": "0.1", "lotSz": "0.00000001",
        "state": "live"}  # fmt: skip
SWAP = {"instId": "BTC-USDT-SWAP", "instFamily": "BTC-USDT", "uly": "BTC-USDT", "settleCcy": "USDT", "ctVal": "0.01",
        "ctMult": "1", "ctType": "linear", "tickSz": "0.1", "lotSz": "0.01", "state": "live"}  # fmt: skip


def okx(entry: dict[str, Any]) -> dict[str, Any]:
    return {"code": "0", "data": [entry]}


WRITTEN: list[tuple[Venue, Any, str, str]] = [
    (Binance(), {"symbols": [{**COIN, "filters": [PRICE, LOT, {"filterType": "NOTIONAL", "minNotional": "5.0"}]}]},
     "0.00001", "5"),
    (Binance(), {"symbols": [{**COIN, "filters": [PRICE, LOT]}]}, "0.00001", "0"),
    (BinanceUsdm(), {"symbols": [{**COIN, "contractType": "PERPETUAL",
                                  "filters": [PRICE, LOT, {"filterType": "MIN_NOTIONAL", "notional": "100"}]}]},
     "0.00001", "100"),
    (Bitstamp(), [{**STAMP, "minimum_order": "10.0 EUR"}], "0", "10"),
    (Bitstamp(), [{**STAMP, "minimum_order": "0.001 BTC"}], "0", "0"),
    (Bitstamp(), [STAMP], "0", "0"),
    (Kraken(), {"error": [], "result": {"XXBTZUSD": {**CRAKEN, "ordermin": "0.00005", "costmin": "0.5"}}},
     "0.00005", "0.5"),
    (Kucoin(), {"code": "200000", "data": [{**KU, "baseMinSize": "0.00001", "minFunds": "0.1"}]}, "0.00001", "0.1"),
    (Kucoin(), {"code": "200000", "data": [{**KU, "baseMinSize": "0.00001", "minFunds": None}]}, "0.00001", "0"),
    (Okx(), okx({**SPOT, "minSz": "0.00001"}), "0.00001", "0"),
    (Okx(), okx({**SPOT, "minSz": ""}), "0", "0"),
    (OkxSwap(), okx({**SWAP, "minSz": "0.01"}), "0.01", "0"),
]  # fmt: skip


@pytest.mark.parametrize(("venue", "body", "size", "notional"), WRITTEN)
def test_documented_lists(venue: Venue, body: Any, size: str, notional: str) -> None:
    (item,) = venue.instruments(json.dumps(body).encode())
    assert (item.min_size, item.min_notional) == (Decimal(size), Decimal(notional))


def test_nothing_said_is_no_minimum() -> None:
    assert least(None) == least("") == least(0) == 0
    assert least("0.1") == least("1e-1") == Decimal("0.1")
