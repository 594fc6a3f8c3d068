"""Messages as server-sent events."""

from __future__ import annotations

import json

import pytest
from google.protobuf.message import DecodeError

from onebook.v1 import market_data_pb2 as pb
from server.codes import Code
from server.transport.http.event_framing import EventFraming
from server.transport.http.rpc_messages import RpcMessages

FRAMING = EventFraming(RpcMessages("onebook.v1.MarketDataService", "StreamBook"))


def test_a_message_is_one_line_of_data() -> None:
    response = pb.StreamBookResponse()
    response.book.market = "two\nlines"
    name, _, value = FRAMING.message(response.SerializeToString()).partition(b": ")
    assert name == b"data"
    assert value.endswith(b"\n\n")
    assert value.count(b"\n") == 2
    assert json.loads(value) == {"book": {"market": "two\nlines"}}


def test_the_end_has_the_form_of_errors() -> None:
    kind, data, *_ = FRAMING.end(Code.NOT_FOUND, "two\nlines").split(b"\n")
    assert kind == b"event: end"
    assert json.loads(data.removeprefix(b"data: ")) == {"code": "not_found", "message": "two\nlines"}


def test_other_bytes_are_no_message() -> None:
    with pytest.raises(DecodeError):
        FRAMING.message(b"\xff\xff")


def test_a_quiet_stream_has_a_comment() -> None:
    assert FRAMING.quiet.startswith(b":")
    assert FRAMING.quiet.endswith(b"\n\n")
