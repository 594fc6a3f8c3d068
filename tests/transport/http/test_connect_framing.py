"""The envelopes of Connect's streams."""

from __future__ import annotations

import json

import pytest

from onebook.v1 import market_data_pb2 as pb
from server.codes import Code
from server.request_errors import invalid
from server.transport.http.connect_framing import CONNECT_JSON, CONNECT_PROTO, KINDS, ConnectFraming, connect_error
from server.transport.http.rpc_messages import RpcMessages

MESSAGES = RpcMessages("onebook.v1.MarketDataService", "StreamBook")


def test_messages_of_both_kinds() -> None:
    response = pb.StreamBookResponse()
    response.book.market = "BTC/USDT"
    payload = response.SerializeToString()
    binary = ConnectFraming(MESSAGES, CONNECT_PROTO).message(payload)
    assert binary == b"\x00\x00\x00\x00" + bytes([len(payload)]) + payload
    assert json.loads(ConnectFraming(MESSAGES, CONNECT_JSON).message(payload)[5:]) == {"book": {"market": "BTC/USDT"}}


@pytest.mark.parametrize("kind", KINDS)
def test_the_end_is_json_in_both_kinds(kind: str) -> None:
    framing = ConnectFraming(MESSAGES, kind)
    end = framing.end(Code.UNAVAILABLE, "why")
    assert (end[0], framing.content_type, framing.quiet) == (2, kind, b"")
    assert int.from_bytes(end[1:5], "big") == len(end) - 5
    assert json.loads(end[5:]) == {"error": {"code": "unavailable", "message": "why"}}


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_before_the_first_message_has_status_200_and_its_details(kind: str) -> None:
    answer = connect_error(invalid("levels", "was 0"), kind)
    assert (answer.status, answer.content_type, answer.body[0]) == (200, kind, 2)
    error = json.loads(answer.body[5:])["error"]
    assert (error["code"], error["message"]) == ("invalid_argument", "levels: was 0")
    assert [each["type"] for each in error["details"]] == ["google.rpc.BadRequest"]
