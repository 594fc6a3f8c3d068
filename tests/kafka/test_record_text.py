"""Lines of records: JSON as the client prints it, text as it is, and an error for what is neither."""

from __future__ import annotations

import json

import pytest

from onebook.v1 import market_data_pb2, reference_pb2, types_pb2
from server.kafka.record_text import record_text


def headers(kind: str) -> dict[str, bytes]:
    return {"v": b"1", "ct": f"onebook.v1.{kind}".encode()}


def test_a_message_is_a_line_of_json() -> None:
    trade = types_pb2.Trade(market="BTC/USDT", venue="alpha", price=1050, price_exponent=-2, size=5)
    value = market_data_pb2.StreamTradesResponse(trade=trade).SerializeToString()
    made = json.loads(record_text("md.trade.v1", b"BTC/USDT|alpha", value, headers("StreamTradesResponse")))
    assert (made["type"], made["venue"], made["price"], made["size"]) == ("trade", "alpha", "10.50", "5")


def test_a_record_of_reference_data() -> None:
    market = types_pb2.Market(name="BTC/USDT", listings=[types_pb2.Listing(venue="alpha", symbol="BTCUSDT")])
    value = reference_pb2.Reference(market=market).SerializeToString()
    made = json.loads(record_text("md.ref.v1", b"BTC/USDT|", value, headers("Reference")))
    assert made["type"] == "reference"
    assert made["market"]["listings"][0]["symbol"] == "BTCUSDT"
    assert json.loads(record_text("md.ref.v1", b"BTC/USDT|", None, {})) == {"type": "removed", "key": "BTC/USDT|"}


def test_text_is_shown_behind_its_topic() -> None:
    assert record_text("ETH-USD", b"ETH-USD", b"2600.5", {}) == "ETH-USD -> 2600.5"
    assert record_text("ETH-USD", None, b"\xff\x1b", {}) == "ETH-USD -> \\xff\x1b"


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        (b"onebook.v1.StreamTradesResponse", b"\xff", "."),
        (b"onebook.v1.Reference", b"\xff", "these bytes are no onebook.v1.Reference"),
        (b"onebook.v1.Nothing", b"", "has no message"),
        (b"some.Other", b"", "is no message of onebook.v1"),
        (b"\xff\xfe", b"", "is no message of onebook.v1"),
    ],
)
def test_what_cannot_be_read_is_an_error(kind: bytes, value: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        record_text("t", b"", value, {"ct": kind})
