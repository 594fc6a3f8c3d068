"""Errors as gRPC sends them: within the size that trailers may have, and with the details that programs read."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from hypothesis import given
from hypothesis import strategies as st

from server.api.calls import Unary
from server.codes import Code
from server.request_errors import RequestError, invalid, not_found
from server.transport.grpc.aborts import packed
from server.transport.status import LONGEST, MOST_DETAILS, STATUS
from tests.api.conftest import Failure
from tests.transport.servers import TRANSPORTS

from .service_rig import ServiceRig


def details(status: Any) -> status_pb2.Status:
    """What is in the trailers."""
    ((_, value),) = [pair for pair in status.trailing_metadata if pair[0] == "grpc-status-details-bin"]
    return status_pb2.Status.FromString(value)


@pytest.mark.parametrize("code", Code)
def test_code_and_message_are_in_the_status_and_in_its_details(code: Code) -> None:
    status = packed(RequestError(code, "why"))
    inside = details(status)
    assert (status.code, status.details) == (STATUS[code], "why")
    assert (inside.code, inside.message, list(inside.details)) == (STATUS[code].value[0], "why", [])


def test_details_keep_their_kinds() -> None:
    (inside,) = details(packed(invalid("levels", "was 0"))).details
    violation = error_details_pb2.BadRequest()
    assert inside.Unpack(violation)
    assert violation.field_violations[0].field == "levels"


@given(st.text(max_size=5000), st.lists(st.text(max_size=2000), max_size=5))
def test_a_status_has_a_limit_whatever_is_quoted(message: str, names: list[str]) -> None:
    infos = [error_details_pb2.ErrorInfo(reason=name) for name in names]
    status = packed(RequestError(Code.NOT_FOUND, message, *infos))
    inside = details(status)
    assert inside.message == message[:LONGEST]
    # A message of so many characters may have four bytes of each; details are added while there is room.
    assert inside.ByteSize() <= max(MOST_DETAILS + 100, 4 * LONGEST + 100)
    kept = [name for name in names if len(name.encode()) < 100]
    if len(kept) == len(names) and len(message) < 500:
        assert len(inside.details) == len(names)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_call_that_is_aborted_has_this_status(transport: str) -> None:
    def refuse(_request: bytes) -> bytes:
        raise not_found("market", "BTC/EUR", "BTC/USDT")

    rig = ServiceRig(transport, unary={"Get": Unary(refuse, bytes)})
    try:
        with pytest.raises(Failure) as caught:
            rig.call("Get")
    finally:
        rig.close()
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND
    pairs = {pair.key: pair.value for pair in caught.value.trailing_metadata()}
    info = error_details_pb2.ErrorInfo()
    assert status_pb2.Status.FromString(pairs["grpc-status-details-bin"]).details[0].Unpack(info)
    assert info.metadata["suggestion"] == "BTC/USDT"
