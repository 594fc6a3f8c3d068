"""gRPC statuses and their details become typed errors that people can read."""

from __future__ import annotations

import grpc
import pytest

from client import errors
from client.status import to_error
from tests.client.fake_server import Fail, details_metadata, error_info, field_violation, retry_info

Code = grpc.StatusCode


def from_details(code: grpc.StatusCode, message: str, *details: object) -> errors.OnebookError:
    return to_error(code, message, details_metadata(Fail(code, message, details)))


@pytest.mark.parametrize(
    ("code", "kind", "retry"),
    [
        (Code.INVALID_ARGUMENT, errors.InvalidArgumentError, False),
        (Code.INVALID_ARGUMENT, ValueError, False),
        (Code.OUT_OF_RANGE, errors.InvalidArgumentError, False),
        (Code.NOT_FOUND, errors.NotFoundError, False),
        (Code.NOT_FOUND, LookupError, False),
        (Code.ALREADY_EXISTS, errors.AlreadyExistsError, False),
        (Code.UNAUTHENTICATED, errors.UnauthenticatedError, False),
        (Code.PERMISSION_DENIED, errors.PermissionDeniedError, False),
        (Code.UNIMPLEMENTED, errors.UnimplementedError, False),
        (Code.FAILED_PRECONDITION, errors.FailedPreconditionError, False),
        (Code.UNAVAILABLE, errors.UnavailableError, True),
        (Code.UNAVAILABLE, ConnectionError, True),
        (Code.DEADLINE_EXCEEDED, errors.DeadlineError, True),
        (Code.DEADLINE_EXCEEDED, TimeoutError, True),
        (Code.RESOURCE_EXHAUSTED, errors.ResourceExhaustedError, True),
        (Code.INTERNAL, errors.ServerError, True),
        (Code.UNKNOWN, errors.ServerError, True),
        (Code.CANCELLED, errors.ServerError, True),
    ],
)
def test_each_code_has_its_error(code: grpc.StatusCode, kind: type[Exception], retry: bool) -> None:
    error = to_error(code, "why")
    assert isinstance(error, kind)
    assert (str(error), error.retry) == ("why", retry)


def test_the_field_is_named() -> None:
    error = from_details(Code.INVALID_ARGUMENT, "bad request", field_violation("levels", "must be at most 500"))
    assert (str(error), error.field) == ("bad request (levels: must be at most 500)", "levels")


def test_a_field_already_in_the_message_is_not_repeated() -> None:
    error = from_details(Code.INVALID_ARGUMENT, "levels must be at most 500", field_violation("levels", "too many"))
    assert (str(error), error.field) == ("levels must be at most 500", "levels")


def test_the_suggestion_is_offered() -> None:
    error = from_details(Code.NOT_FOUND, "no market BTC/USD", error_info("MARKET_NOT_FOUND", suggestion="BTC/USDT"))
    assert str(error) == "no market BTC/USD; did you mean BTC/USDT?"
    assert (error.suggestion, error.reason) == ("BTC/USDT", "MARKET_NOT_FOUND")


def test_the_time_to_retry_after() -> None:
    error = from_details(Code.RESOURCE_EXHAUSTED, "100 subscribers", error_info("SUBSCRIBERS"), retry_info(0.5))
    assert (error.retry_after, error.reason) == (0.5, "SUBSCRIBERS")


def test_unreadable_details_do_not_hide_the_error() -> None:
    error = to_error(Code.NOT_FOUND, "no market", [("grpc-status-details-bin", b"\xff\xff")])
    assert isinstance(error, errors.NotFoundError)
    assert (str(error), error.suggestion) == ("no market", "")


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (
            "failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:1: Failed to connect to remote "
            "host: connect: Connection refused (111)",
            "connection refused",
        ),
        (
            "failed to connect to all addresses; last error: UNAVAILABLE: ipv4:127.0.0.1:1: Socket closed",
            "the connection was closed at once: does the port speak TLS (--tls, tls=True)? is it a onebook server?",
        ),
        (
            "failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:1: Tls handshake failed "
            "(TSI_PROTOCOL_FAILURE): SSL_ERROR_SSL: error:100000f7:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER: "
            "Invalid certificate verification context: OK",
            "the server does not speak TLS on this port: leave out --tls (tls=False)",
        ),
        (
            "failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:1: Tls handshake failed "
            "(TSI_PROTOCOL_FAILURE): SSL_ERROR_SSL: error:1000007d:SSL routines:OPENSSL_internal:"
            "CERTIFICATE_VERIFY_FAILED: self signed certificate: OK",
            "the server's certificate is not trusted: --root-certificates names its authority",
        ),
        ("Two\nlines", "Two lines"),
        ("", "the server answered UNAVAILABLE without a message"),
    ],
)
def test_the_message_is_one_line_for_people(message: str, text: str) -> None:
    assert str(to_error(Code.UNAVAILABLE, message)) == text


def test_the_drawn_tree_is_the_real_one() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    lines = {line.strip("│├└─ ").split(" ")[0]: line for line in (errors.__doc__ or "").splitlines()}
    for kind in kinds:
        assert kind.__name__ in lines
        assert kind is errors.OnebookError or ("  retry " in lines[kind.__name__] + " ") is kind.retry  # type: ignore[attr-defined]
