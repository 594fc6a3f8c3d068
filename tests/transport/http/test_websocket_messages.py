"""What a client says over a websocket, and texts that are no command."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from onebook.v1 import market_data_pb2 as pb
from server.codes import Code
from server.request_errors import RequestError, exhausted, invalid
from server.transport.http.rpc_messages import RpcMessages
from server.transport.http.websocket_messages import (
    LONGEST_ID,
    MOST_CREDIT,
    MOST_GATHER_MS,
    Allow,
    Subscribe,
    Token,
    Unsubscribe,
    WebsocketFraming,
    command,
    error_message,
)

CALL = "onebook.v1.MarketDataService/StreamBook"
SUBSCRIBE: dict[str, Any] = {"op": "subscribe", "id": "a", "call": CALL}


def test_the_commands() -> None:
    assert command(json.dumps(SUBSCRIBE)) == Subscribe("a", f"/{CALL}", {}, 1)
    full = {**SUBSCRIBE, "call": f"/{CALL}", "request": {"levels": 5}, "credit": MOST_CREDIT}
    assert command(json.dumps(full)) == Subscribe("a", f"/{CALL}", {"levels": 5}, MOST_CREDIT)
    assert command(json.dumps({**SUBSCRIBE, "gather_ms": 100})) == Subscribe("a", f"/{CALL}", {}, 1, 100)
    assert command('{"op": "credit", "id": "a"}') == Allow("a", 1)
    assert command('{"op": "credit", "id": "a", "messages": 7}') == Allow("a", 7)
    assert command('{"op": "unsubscribe", "id": "a"}') == Unsubscribe("a")
    assert command('{"op": "token", "token": "t"}') == Token("t")


def test_whole_numbers_of_a_request_stay_exact() -> None:
    wanted = command(json.dumps({**SUBSCRIBE, "request": {"startTimeNanos": 2**63 - 1}}))
    assert isinstance(wanted, Subscribe)
    assert wanted.request == {"startTimeNanos": 2**63 - 1}


def test_fractions_of_a_request_stay_exact() -> None:
    wanted = command('{"op": "subscribe", "id": "a", "call": "b", "request": {"size": 0.12345678901234567890}}')
    assert isinstance(wanted, Subscribe)
    assert wanted.request == {"size": "0.12345678901234567890"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "1",
        "null",
        "{}",
        '{"op": 1}',
        '{"op": "nothing"}',
        '{"op": "subscribe"}',
        json.dumps({**SUBSCRIBE, "id": ""}),
        json.dumps({**SUBSCRIBE, "id": "x" * (LONGEST_ID + 1)}),
        json.dumps({**SUBSCRIBE, "id": 1}),
        json.dumps({**SUBSCRIBE, "id": 1.5}),
        json.dumps({**SUBSCRIBE, "call": None}),
        json.dumps({**SUBSCRIBE, "request": []}),
        json.dumps({**SUBSCRIBE, "credit": 0}),
        json.dumps({**SUBSCRIBE, "credit": MOST_CREDIT + 1}),
        json.dumps({**SUBSCRIBE, "credit": -1}),
        json.dumps({**SUBSCRIBE, "credit": 1.0}),
        json.dumps({**SUBSCRIBE, "credit": True}),
        json.dumps({**SUBSCRIBE, "credits": 1}),
        json.dumps({**SUBSCRIBE, "gather_ms": 0}),
        json.dumps({**SUBSCRIBE, "gather_ms": MOST_GATHER_MS + 1}),
        json.dumps({**SUBSCRIBE, "request": {"x": float("nan")}}),
        '{"op": "credit", "op": "credit", "id": "a"}',
        '{"op": "subscribe", "id": "a", "call": "b", "request": {"x": 1, "x": 2}}',
        '{"op": "credit", "id": "a", "messages": ' + "9" * 5000 + "}",
        '{"op": "unsubscribe", "id": "a", "credit": 1}',
        '{"op": "token"}',
        '{"op": "token", "token": 1}',
        "[" * 60_000,
        '{"a":' * 10_000,
    ],
)
def test_what_is_no_command_is_the_clients_error(text: str) -> None:
    with pytest.raises(RequestError) as caught:
        command(text)
    assert caught.value.code is Code.INVALID_ARGUMENT
    assert len(caught.value.message) < 300


@given(some.text(max_size=50) | some.recursive(some.none() | some.text(), some.lists).map(json.dumps))
def test_whatever_comes_is_a_command_or_an_error(text: str) -> None:
    with pytest.raises(RequestError):
        command(text)


def test_what_a_client_is_told() -> None:
    stream = 'a"\u00e9'
    framing = WebsocketFraming(stream, RpcMessages("onebook.v1.MarketDataService", "StreamBook"))
    response = pb.StreamBookResponse()
    response.book.market = "BTC/USDT"
    message = json.loads(framing.message(response.SerializeToString()))
    assert message == {"id": stream, "message": {"book": {"market": "BTC/USDT"}}}
    end = json.loads(framing.end(Code.UNAVAILABLE, "why"))
    assert end == {"id": stream, "end": {"code": "unavailable", "message": "why"}}
    assert json.loads(framing.unsubscribed())["end"]["code"] == "canceled"
    refused = json.loads(framing.refused(exhausted("streams", "no place", 5)))["end"]
    assert [each["type"] for each in refused["details"]] == ["google.rpc.ErrorInfo", "google.rpc.RetryInfo"]
    error = json.loads(error_message(invalid("id", "x")))["error"]
    assert (error["code"], error["message"]) == ("invalid_argument", "id: x")
    assert framing.quiet == b""
