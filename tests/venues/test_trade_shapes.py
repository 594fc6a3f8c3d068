"""Messages of trades in C: what the decoder takes, the venue file reads as equal; all else is left to that."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice
from types import ModuleType
from typing import Any

import pytest

from orderbook_ext import TradeShape
from server.connection.effects import LogMessage, Reconnect, TradeReceived
from server.connection.session import Session
from server.errors import VenueError
from server.model import Receipt, Side, Trade
from server.protocol.events import Counted, Heartbeat, TradeEvent
from server.protocol.venue import Venue
from server.venues import VENUES
from tests.captures import captures_folder, read_records
from tests.ext.conftest import load_core
from tests.fuzz.decoder_pair import mutated
from tests.golden.test_books import CAPTURES
from tests.volume import examples

SHAPED = [name for name, venue in VENUES.items() if venue.TRADES is not None]
MESSAGES = {
    "binance": b'{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,'
    b'"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,"M":true}}',
    "binance_usdm": b'{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1723161255343,"a":37356,"s":"BTCUSDT",'
    b'"p":"61837.6","q":"0.020","f":1,"l":2,"T":1723161255342,"m":false,"st":1}}',
    "kucoin": b'{"type":"message","topic":"/market/match:BTC-USDT","subject":"trade.l3match","data":{'
    b'"symbol":"BTC-USDT","sequence":"8002","side":"buy","size":"0.01","price":"64001.2","takerOrderId":"t","makerOrderId":"m",'
    b'"tradeId":"8002","time":"1760000000000000000","type":"match"}}',
    "bybit": b'{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1760000000040,"data":[{"T":1760000000038,'
    b'"s":"BTCUSDT","S":"Buy","v":"0.01","p":"64001.2","i":"6f1c-uuid","BT":false,"RPI":false,"seq":900020},{"T":1760000000039,'
    b'"s":"BTCUSDT","S":"Sell","v":"1","p":"64001","i":"6f1d-uuid"}]}',
    "kraken": b'{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"buy","price":64001.2,"qty":0.01,'
    b'"ord_type":"market","trade_id":42,"timestamp":"2026-01-01T00:00:00.123456Z"}]}',
    "okx": b'{"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","tradeId":"10",'
    b'"px":"64001.2","sz":"0.01","side":"buy","ts":"1760000000100","count":"1"}]}',
    "ftx": b'{"channel":"trades","market":"BTC-PERP","type":"update","data":[{"id":100,"price":19251.0,"size":0.01,'
    b'"side":"buy","liquidation":false,"time":"2021-07-22T22:25:41.601234+00:00"}]}',
    "deribit": b'{"jsonrpc":"2.0","method":"subscription","params":{"channel":"trades.BTC-PERPETUAL.100ms","data":['
    b'{"trade_seq":77,"trade_id":"310","timestamp":1760000000090,"price":64001.5,"instrument_name":"BTC-PERPETUAL",'
    b'"direction":"buy","amount":10.0}]}}',
    "bitget": b'{"action":"update","arg":{"instType":"SPOT","channel":"trade","instId":"BTCUSDT"},"data":[{"ts":'
    b'"1695709835822","price":"26293.4","size":"0.0013","side":"buy","tradeId":"1000000000"}],"ts":1695711090682}',
    "gate": b'{"time":1760000000,"channel":"spot.trades","event":"update","result":{"id":309143071,'
    b'"create_time":1760000000,"create_time_ms":"1760000000100.123","side":"sell","currency_pair":"BTC_USDT","amount":"0.01","price":"64001.1"}}',
}
MESSAGES |= {
    "bitstamp": b'{"data":{"id":216000477,"timestamp":"1641343699","amount":0.0792,"amount_str":"0.07920000",'
    b'"price":3805.44,"price_str":"3805.44","type":0,"microtimestamp":"1641343699596000","buy_order_id":14,"sell_order_id":15},'
    b'"channel":"live_trades_ethusd","event":"trade"}',
    "coinbase_exchange": b'{"type":"match","trade_id":3735,"maker_order_id":"00-01","taker_order_id":"00-02",'
    b'"side":"buy","size":"0.04800000","price":"61837.63","product_id":"BTC-USD","sequence":10000000014,"time":"2024-08-08T23:54:15.617000Z"}',
    "coinbase_advanced": b'{"channel":"market_trades","client_id":"","sequence_num":9,'
    b'"timestamp":"2026-08-09T21:05:48.251397169Z","events":[{"type":"update","trades":[{"product_id":"BTC-USD",'
    b'"trade_id":"1068572091","price":"65083.67","size":"0.01034361",'
    b'"time":"2026-08-09T21:05:48.167634Z","side":"SELL"},{"product_id":"ETH-USD","trade_id":"9","price":"1","size":"2",'
    b'"time":"2026-08-09T21:05:48Z","side":"BUY"}]}]}',
    "bitfinex": b'[18,"te",[1001,1760000000000,-0.01,64001],504,1760000000001]',
    "gemini": b'{"E":1760000000200000000,"s":"btcusd","t":9000000001,"p":"64001.20","q":"0.01","m":false}',
    "gate_futures": b'{"time":1760000000,"time_ms":1760000000105,"channel":"futures.trades","event":"update","result":['
    b'{"id":27753479,"create_time":1760000000,"create_time_ms":1760000000100,"contract":"BTC_USDT","size":-108,"price":"64001.1"},'
    b'{"id":27753480,"create_time":1760000000,"create_time_ms":1760000000100,"contract":"BTC_USDT","size":"1.5","price":"64001.1"}]}',
}
MESSAGES["binance_us"] = MESSAGES["binance"]
MESSAGES["bybit_linear"] = MESSAGES["bybit"]
MESSAGES["okx_swap"] = MESSAGES["okx"]


@pytest.fixture
def core() -> ModuleType:
    """The C core: the twin leaves everything to the venue file."""
    module = load_core()
    if module is None:
        pytest.skip("the C core is not built")
    return module


def decoder_of(core: ModuleType, venue: Venue) -> Any:
    assert venue.TRADES is not None
    return core.TradeDecoder(venue.TRADES, Trade, TradeEvent, (Side.BUY, Side.SELL), numbered=venue.numbered)


def spelled(events: Any) -> list[str]:
    """With types and digits: Decimal("1.0") is another text than Decimal("1")."""
    return [repr(event) for event in events if not isinstance(event, Heartbeat | Counted)]


def check(decoder: Any, venue: Venue, data: bytes) -> int:
    """How many trades the decoder took."""
    found = decoder.read(data)
    if found is None:
        return 0
    try:
        expected = venue.read(data)
    except VenueError as error:
        pytest.fail(f"the venue file refuses {data!r}: {error}")
    assert spelled(found) == spelled(expected), data
    assert found == [event for event in expected if not isinstance(event, Heartbeat | Counted)]
    assert [decoder.number] == [
        event.number for event in expected if isinstance(event, Counted)
    ] or decoder.number == -1
    assert (decoder.number >= 0) is venue.COUNTED
    assert all(type(event.trade.side) is Side and hash(event.trade) for event in found)
    return len(found)


@pytest.mark.parametrize("name", SHAPED)
def test_a_message_as_the_venue_writes_it_is_taken(core: ModuleType, name: str) -> None:
    venue = VENUES[name]()
    assert check(decoder_of(core, venue), venue, MESSAGES[name]) >= 1


def recorded(folder: str) -> Iterator[bytes]:
    for path in sorted((captures_folder() / folder).glob("*.jsonl.gz")):
        for record in read_records(path):
            if record["k"] == "recv":
                yield record["d"].encode()


@pytest.mark.parametrize("capture", sorted({(name.split("/")[0], venue) for name, venue in CAPTURES.items()}))
def test_recorded_trades_are_read_as_equal(core: ModuleType, capture: tuple[str, str]) -> None:
    folder, name = capture
    if not (captures_folder() / folder).exists() or name not in SHAPED:
        pytest.skip("no captures, or no shape")
    venue = VENUES[name]()
    decoder = decoder_of(core, venue)
    for data in islice(recorded(folder), examples(20_000)):
        check(decoder, venue, data)


@pytest.mark.parametrize("name", SHAPED)
def test_changed_messages_are_read_as_equal_or_left(core: ModuleType, name: str) -> None:
    """What the decoder takes, the venue file would not refuse, nor understand in another way."""
    venue, choice = VENUES[name](), random.Random(name)
    decoder = decoder_of(core, venue)
    taken = 0
    for _ in range(examples(4000)):
        data = MESSAGES[name]
        for _ in range(choice.randint(1, 2)):
            data = mutated(data, choice)
        taken += check(decoder, venue, data)
    assert taken > examples(4000) // 100


@pytest.mark.parametrize("name", SHAPED)
def test_a_session_does_the_same_without_a_decoder(
    core: ModuleType, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Effect by effect, over messages that are counted, repeated, lost and changed."""
    venue, choice = VENUES[name](), random.Random(name)
    monkeypatch.setattr(venue, "trade_decoder", lambda: decoder_of(core, venue))
    with_decoder = Session(venue, [], [])
    monkeypatch.setattr(venue, "trade_decoder", lambda: None)
    without = Session(venue, [], [])
    number = trades = gaps = 0
    for _ in range(examples(1000)):
        number += choice.choice([0, 1, 1, 1, 1, 1, 1, 1, 1, 2])
        data = MESSAGES[name].replace(b'"sequence_num":9', b'"sequence_num":%d' % number)
        data = data.replace(b",504,", b",%d," % number)
        if choice.random() < 0.2:
            data = mutated(data, choice)
        effects, expected = (list(session.receive(data, Receipt(1, 1))) for session in (with_decoder, without))
        assert effects == expected, data
        assert not any(isinstance(effect, LogMessage) and effect.error for effect in effects), data
        trades += sum(isinstance(effect, TradeReceived) for effect in effects)
        gaps += sum(isinstance(effect, Reconnect) for effect in effects)
    assert trades > examples(1000) // 2
    assert bool(gaps) is venue.COUNTED


ODD = [
    b"null", b"true", b'"null"', b'"0"', b"0", b"-1", b"1e5", b'"1e5"', b'"nan"', b'"\\u0031"', b'" 1"', b"[1]", b"{}",
    b'"1.2.3"', b'"\xff"', b'"none"', b"01", b'"1_0"', b"1.", b"1" * 40, b'"2026-02-30T00:00:00Z"',
    b'"2026-01-01T00:00:60Z"', b"99999999999999999999", b'"x y"', b'""', b"1.50", b'"7"', b"7",
]  # fmt: skip
MEMBERS = [b'"result":1,', b'"error":null,', b'"code":1,', b'"e":"trade",', b'"data":[],', b'"st":2,', b'"BT":true,']


@pytest.mark.parametrize("name", SHAPED)
def test_odd_values_everywhere(core: ModuleType, name: str) -> None:
    """Every value of the message in turn becomes each of these; and every key stands twice, or is another."""
    venue, message = VENUES[name](), MESSAGES[name]
    decoder = decoder_of(core, venue)
    for start, end in values_of(message):
        for odd in ODD:
            check(decoder, venue, message[:start] + odd + message[end:])
    for at in [place for place in range(len(message)) if message[place : place + 1] == b"{"]:
        for more in MEMBERS:
            check(decoder, venue, message[: at + 1] + more + message[at + 1 :])


def values_of(message: bytes) -> Iterator[tuple[int, int]]:
    """Where the plain values of a JSON message stand."""
    at = 0
    while (at := message.find(b":", at) + 1) > 0:
        start = at
        if message[start : start + 1] in (b"{", b"["):
            continue
        end = message.find(b'"', start + 1) + 1 if message[start : start + 1] == b'"' else start
        while message[end : end + 1] not in (b",", b"}", b"]", b""):
            end += 1
        yield start, end


def test_a_decoder_leaves_what_is_too_large(core: ModuleType) -> None:
    venue = VENUES["bybit"]()
    decoder = decoder_of(core, venue)
    row = MESSAGES["bybit"].split(b"[")[1].split(b"}")[0] + b"}"
    head, tail = MESSAGES["bybit"].split(b"[")[0] + b"[", b"]}"
    assert len(decoder.read(head + b",".join([row] * 512) + tail)) == 512
    assert decoder.read(head + b",".join([row] * 513) + tail) is None
    assert decoder.read(MESSAGES["bybit"] + b" " * (1 << 17)) is None
    assert decoder.read(b"") is None


def test_shapes_are_checked() -> None:
    given: dict[str, Any] = {
        "kind": ".e", "kinds": ("t",), "rows": ".d", "id": "i", "price": "p", "size": "s", "side": "m", "buys": ("b",),
        "sells": ("s",), "time": "t", "symbol": "s", "stream": ".c",
    }  # fmt: skip
    TradeShape(**given)
    bad: list[dict[str, Any]] = [
        {"time_format": "seconds"}, {"symbol": ""}, {"kind": "e"}, {"symbol": "", "stream": ""}, {"form": "?"},
        {"rows": ""}, {"kind": ""}, {"kinds": ()}, {"also": ".k"}, {"side": ""}, {"buys": ()}, {"only": "k"},
        {"number": "n"},
    ]  # fmt: skip
    for wrong in bad:
        with pytest.raises(ValueError):
            TradeShape(**{**given, **wrong})
