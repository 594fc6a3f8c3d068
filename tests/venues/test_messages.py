"""Each venue's own messages: subscriptions, plans, discovery lists, trades, notices; nonsense raises FrameError."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import FrameError
from server.feed.discovery import find
from server.model import Instrument, Pair, Reach, Side
from server.protocol.events import Confirmed, ReconnectRequest, Rejected, TradeEvent
from server.protocol.sequence import RangeRule, RisingRule, StatelessRule
from server.suggestions import suggest
from server.venues import VENUES
from tests.captures import records

BTC = Instrument(Pair("BTC", "USDT"), "BTCUSDT", Decimal("0.01"), Decimal("0.00001"), "TRADING", True)
BTCUSD = Instrument(Pair("BTC", "USD"), "btcusd", Decimal("0.01"), Decimal("1e-8"), "Enabled", True)


@pytest.mark.parametrize(
    ("venue", "levels", "limit", "weight"),
    [
        ("binance", 10, 100, 5),
        ("binance", 101, 500, 25),
        ("binance", 1000, 1000, 50),
        ("binance", 1001, 5000, 250),
        ("binance", 9000, 5000, 250),
        ("binance_us", 1000, 1000, 10),
    ],
)
def test_snapshot_limit_and_weight_follow_the_wanted_depth(venue: str, levels: int, limit: int, weight: int) -> None:
    plan = VENUES[venue]().book_plan(BTC, "diff", levels)
    assert plan.rest_snapshot is not None
    assert plan.rest_snapshot.path == f"/api/v3/depth?symbol=BTCUSDT&limit={limit}"
    assert (plan.rest_snapshot.weight, plan.snapshot_levels) == (weight, limit)
    assert plan.stream == "btcusdt@depth@100ms"
    assert plan.rule is RangeRule


@pytest.mark.parametrize(("levels", "depth"), [(1, 5), (5, 5), (6, 10), (11, 20), (500, 20)])
def test_partial_streams_follow_the_wanted_depth(levels: int, depth: int) -> None:
    plan = VENUES["binance"]().book_plan(BTC, "partial", levels)
    assert plan.stream == f"btcusdt@depth{depth}@100ms"
    assert plan.rest_snapshot is None
    assert plan.rule is StatelessRule


def test_bitstamp_plans() -> None:
    venue = VENUES["bitstamp"]()
    plan = venue.book_plan(BTCUSD, "diff", 10)
    assert plan.stream == "diff_order_book_btcusd"
    assert plan.rule is RisingRule
    assert plan.rest_snapshot is not None
    assert plan.rest_snapshot.path == "/api/v2/order_book/btcusd/?group=1"
    assert venue.book_plan(BTCUSD, "partial", 10).stream == "order_book_btcusd"


def test_subscriptions() -> None:
    many = [f"s{number}@depth" for number in range(450)]
    messages = [json.loads(each.text) for each in VENUES["binance"]().subscribe(many)]
    assert [len(message["params"]) for message in messages] == [200, 200, 50]
    assert [message["id"] for message in messages] == [1, 2, 3]
    assert [name for message in messages for name in message["params"]] == many
    stamp = VENUES["bitstamp"]()
    assert json.loads(stamp.subscribe(["live_trades_btcusd"])[0].text) == {
        "event": "bts:subscribe",
        "data": {"channel": "live_trades_btcusd"},
    }
    assert json.loads(stamp.unsubscribe(["x"])[0].text)["event"] == "bts:unsubscribe"
    assert json.loads(stamp.heartbeat() or "")["event"] == "bts:heartbeat"


@pytest.mark.parametrize(
    ("venue", "message", "event"),
    [
        ("binance", {"result": None, "id": 1}, Confirmed(request="1")),
        ("binance", {"code": 2, "msg": "Invalid request"}, Rejected("2 Invalid request")),
        ("binance", {"error": {"code": 3, "msg": "x"}, "id": 1}, Rejected("3 x", request="1")),
        ("binance", {"stream": "!s", "data": {"e": "serverShutdown", "E": 1}}, ReconnectRequest),
        ("binance", {"e": "serverShutdown", "E": 1}, ReconnectRequest),
        (
            "binance",
            {"stream": "x@bookTicker", "data": {"u": 1, "s": "X", "b": "1", "B": "1", "a": "2", "A": "1"}},
            None,
        ),
        ("bitstamp", {"event": "bts:request_reconnect", "channel": "", "data": ""}, ReconnectRequest),
        ("bitstamp", {"event": "bts:subscription_succeeded", "channel": "c", "data": {}}, Confirmed(("c",))),
        ("bitstamp", {"event": "bts:error", "channel": "", "data": {"message": "bad"}}, Rejected("bad")),
        ("bitstamp", {"event": "order_created", "channel": "live_orders_x", "data": {}}, None),
    ],
)
def test_control_messages(venue: str, message: dict[str, Any], event: object) -> None:
    found = (*VENUES[venue]().read(json.dumps(message).encode()), None)[0]
    assert isinstance(found, event) if isinstance(event, type) else found == event


def test_trades_name_the_aggressor() -> None:
    frame = {"e": "trade", "E": 2, "s": "BTCUSDT", "t": 7, "p": "1.50", "q": "0.02", "T": 1_700_000_000_123, "m": True}
    (event,) = VENUES["binance"]().read(json.dumps({"stream": "btcusdt@trade", "data": frame}).encode())
    assert isinstance(event, TradeEvent)
    assert event.trade.side is Side.SELL, "the buyer was the maker"
    assert event.trade.exchange_time == 1_700_000_000_123_000_000
    assert (event.trade.price, event.trade.size, event.trade.trade_id) == (Decimal("1.50"), Decimal("0.02"), "7")
    data = {"id": 9, "amount": 0.1, "amount_str": "0.10000000", "price": 5, "price_str": "5", "type": 0}
    data["microtimestamp"] = "1700000000123456"
    message = {"event": "trade", "channel": "live_trades_btcusd", "data": data}
    (event,) = VENUES["bitstamp"]().read(json.dumps(message).encode())
    assert isinstance(event, TradeEvent)
    assert (event.trade.side, event.trade.symbol) == (Side.BUY, "btcusd")
    assert event.trade.exchange_time == 1_700_000_000_123_456_000


DISCOVERY = {
    "binance": ("rest/binance_public.jsonl.gz", "/exchangeInfo", Pair("BTC", "USDT")),
    "bitstamp": ("rest/bitstamp_public.jsonl.gz", "/trading-pairs-info", Pair("BTC", "USD")),
    "binance_us": ("binance_us/multi4_20211011.jsonl.gz", "/exchangeInfo", Pair("BTC", "USD")),
}


@pytest.mark.parametrize("venue", DISCOVERY)
def test_recorded_lists_of_pairs(venue: str) -> None:
    name, path, pair = DISCOVERY[venue]
    body = next(record["d"] for record in records(name) if path in record["u"] and "fapi" not in record["u"])
    instruments = VENUES[venue]().instruments(body.encode())
    assert len(instruments) > 10
    listing = find(venue, instruments, [pair])[0]
    assert listing.reach is Reach.LISTED
    assert listing.instrument is not None
    assert listing.instrument.price_decimals == 2
    assert all(instrument.tick > 0 and instrument.lot > 0 for instrument in instruments)


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b"[{}]", b'{"symbols":[{"symbol":"X"}]}', b"<html>", b"[1]", b"null"]
)
def test_broken_lists_of_pairs(venue: str, body: bytes) -> None:
    try:
        assert VENUES[venue]().instruments(body) == []
    except FrameError:
        pass


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["e", "data", "event", "channel", "stream", "p", "t", "b", "a", "code"]), inner
        )
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("venue", VENUES)
@given(message=json_values)
def test_only_frame_errors_escape(venue: str, message: Any) -> None:
    try:
        VENUES[venue]().read(json.dumps(message).encode())
    except FrameError:
        pass


def test_suggestions() -> None:
    listed = [Pair.parse(name) for name in ("BTC/USDT", "ETH/USDT", "ETH/BTC", "BTC/EUR")]
    assert suggest(Pair("BTC", "USD"), listed) == "BTC/USDT"
    assert suggest(Pair("USDT", "BTC"), listed) == "BTC/USDT", "the other way round"
    assert suggest(Pair("BTCC", "USDT"), listed) == "BTC/USDT"
    assert suggest(Pair("ZZZ", "QQQ"), listed) == ""
