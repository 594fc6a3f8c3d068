"""The border of the calls: what escapes a call is a documented error, and a defect is in the log once."""

from __future__ import annotations

from typing import Any

import pytest

from onebook.v1 import market_data_pb2 as pb
from orderbook_ext import BookError
from server.api.guard import Guard, parsed
from server.codes import Code
from server.request_errors import RequestError, invalid


def failing(error: BaseException) -> Any:
    def body() -> None:
        raise error

    return body


def test_a_result_passes() -> None:
    assert Guard().call("GetBook", lambda: 3) == 3


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (invalid("levels", "was 0"), Code.INVALID_ARGUMENT, "levels: was 0"),
        (BookError("a number does not fit"), Code.UNAVAILABLE, "a number does not fit"),
        (ValueError("secret detail"), Code.INTERNAL, "GetBook failed inside of the server, see its log (ValueError)"),
        (RecursionError(), Code.INTERNAL, "(RecursionError)"),
        (MemoryError(), Code.INTERNAL, "(MemoryError)"),
    ],
)
def test_what_goes_wrong_is_a_request_error(error: Exception, code: Code, words: str) -> None:
    with pytest.raises(RequestError, match=".") as caught:
        Guard().call("GetBook", failing(error))
    assert caught.value.code is code
    assert words in caught.value.message
    assert "secret detail" not in caught.value.message


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit()])
def test_the_end_of_the_process_is_no_error_of_a_call(error: BaseException) -> None:
    with pytest.raises(type(error)):
        Guard().call("GetBook", failing(error))


def test_a_defect_is_logged_once_for_each_call_and_kind(caplog: pytest.LogCaptureFixture) -> None:
    guard = Guard()
    for name, error in (("GetBook", ValueError("a\nb")), ("GetBook", ValueError("c")), ("GetSummary", KeyError(1))):
        for _ in range(50):
            with pytest.raises(RequestError):
                guard.call(name, failing(error))
    assert [message.split(" (")[0] for message in caplog.messages] == [
        "GetBook failed: ValueError('a\\nb')",
        "GetSummary failed: KeyError(1)",
    ]
    assert caplog.records[0].exc_info is not None


def test_requests_are_parsed_or_refused() -> None:
    parse = pb.GetBookRequest.FromString
    assert parsed(parse, pb.GetBookRequest(market="BTC/USDT").SerializeToString()).market == "BTC/USDT"
    for body in (b"\xff", b"\x0a\x05ab", b"\x0a\x02\xff\xfe"):
        with pytest.raises(RequestError) as caught:
            parsed(parse, body)
        assert caught.value.code is Code.INVALID_ARGUMENT
