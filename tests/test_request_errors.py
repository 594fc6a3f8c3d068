"""Errors of requests: their code, their sentence, and the details that a program reads."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from google.rpc import error_details_pb2

from server.codes import Code
from server.request_errors import (
    DOMAIN,
    QUOTED,
    RequestError,
    denied,
    exhausted,
    exists,
    internal,
    invalid,
    not_found,
    refused,
    removed,
    shown,
    unauthenticated,
    unavailable,
)


@pytest.mark.parametrize(
    ("make", "code", "reason"),
    [
        (lambda: refused("NO_TRADES", "m"), Code.FAILED_PRECONDITION, "NO_TRADES"),
        (lambda: exists("m"), Code.ALREADY_EXISTS, "ALREADY_EXISTS"),
        (lambda: removed("m"), Code.NOT_FOUND, "REMOVED"),
        (lambda: unavailable("m"), Code.UNAVAILABLE, "NOT_READY"),
        (lambda: unauthenticated("TOKEN_MISSING", "m"), Code.UNAUTHENTICATED, "TOKEN_MISSING"),
        (lambda: internal("m"), Code.INTERNAL, "INTERNAL"),
    ],
)
def test_code_and_reason(make: Callable[[], RequestError], code: Code, reason: str) -> None:
    error = make()
    (info,) = error.details
    assert (error.code, error.message, str(error)) == (code, "m", "m")
    assert isinstance(info, error_details_pb2.ErrorInfo)
    assert (info.reason, info.domain) == (reason, DOMAIN)


def test_an_invalid_field_is_named_in_words_and_for_programs() -> None:
    error = invalid("levels", "was 0")
    assert (error.code, error.message) == (Code.INVALID_ARGUMENT, "levels: was 0")
    (request,) = error.details
    assert isinstance(request, error_details_pb2.BadRequest)
    (violation,) = request.field_violations
    assert (violation.field, violation.description) == ("levels", "was 0")


def test_an_unknown_name_comes_with_the_nearest_one() -> None:
    error = not_found("market", "BTC/USTD", "BTC/USDT")
    assert error.message == "this server has no market 'BTC/USTD'; did you mean BTC/USDT?"
    (info,) = error.details
    assert isinstance(info, error_details_pb2.ErrorInfo)
    assert info.reason == "MARKET_NOT_FOUND"
    assert dict(info.metadata) == {"market": "BTC/USTD", "suggestion": "BTC/USDT"}
    assert not_found("market", "Q", "").message == "this server has no market 'Q'"


def test_long_texts_of_a_client_are_quoted_by_their_beginning() -> None:
    assert shown("x" * QUOTED) == repr("x" * QUOTED)
    assert shown("x" * (QUOTED + 1)) == repr("x" * QUOTED + "...")
    error = not_found("venue", "x" * 100_000, "")
    assert sum(detail.ByteSize() for detail in error.details) + len(error.message) < 1000


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[31m"])
def test_control_characters_of_a_client_do_not_reach_a_terminal(name: str) -> None:
    assert not_found("venue", name, "").message.isprintable()


@pytest.mark.parametrize(("seconds", "nanos"), [(0.0, 0), (0.25, 250_000_000), (90.0, 90_000_000_000)])
def test_a_limit_says_when_to_come_back(seconds: float, nanos: int) -> None:
    error = exhausted("streams", "m", seconds)
    info, retry = error.details
    assert error.code is Code.RESOURCE_EXHAUSTED
    assert isinstance(info, error_details_pb2.ErrorInfo)
    assert isinstance(retry, error_details_pb2.RetryInfo)
    assert info.metadata["limit"] == "streams"
    assert retry.retry_delay.ToNanoseconds() == nanos


def test_a_missing_right_is_named() -> None:
    error = denied("control", "reader")
    assert error.code is Code.PERMISSION_DENIED
    (info,) = error.details
    assert isinstance(info, error_details_pb2.ErrorInfo)
    assert dict(info.metadata) == {"right": "control", "token": "reader"}
