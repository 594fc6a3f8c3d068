"""How a call ends with an error of ours: with its status, and nothing after it runs."""

from __future__ import annotations

from typing import Any

import pytest

from server.request_errors import not_found
from server.transport.grpc.aborts import abort, packed


class Aborted(Exception):
    """Raised by gRPC where a call is aborted."""


class Context:
    """What gRPC gives to a handler."""

    def __init__(self, raises: bool) -> None:
        self.statuses: list[Any] = []
        self._raises = raises

    def abort_with_status(self, status: Any) -> None:
        self.statuses.append(status)
        if self._raises:
            raise Aborted


@pytest.mark.parametrize(("raises", "expected"), [(True, Aborted), (False, AssertionError)])
def test_a_call_ends_once_with_the_errors_status(raises: bool, expected: type[Exception]) -> None:
    error, context = not_found("market", "BTC/EUR", "BTC/USDT"), Context(raises)
    with pytest.raises(expected):
        abort(context, error)  # type: ignore[arg-type]
    (status,) = context.statuses
    assert (status.code, status.details) == (packed(error).code, error.message)
