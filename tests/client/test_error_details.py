"""The client's own reader of google.rpc details, against the messages of googleapis-common-protos."""

from __future__ import annotations

import pytest
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc import error_details_pb2 as rpc
from google.rpc import status_pb2
from hypothesis import given
from hypothesis import strategies as st

from client.error_details import Details, read_details

TEXT = st.text(max_size=40)


def status(*details: object) -> bytes:
    message = status_pb2.Status(code=3, message="why")
    for detail in details:
        packed = AnyMessage()
        packed.Pack(detail)  # type: ignore[arg-type]
        message.details.append(packed)
    return bytes(message.SerializeToString())


@given(
    field=TEXT,
    problem=TEXT,
    reason=TEXT,
    metadata=st.dictionaries(TEXT, TEXT, max_size=4),
    delay=st.none() | st.tuples(st.integers(-(2**40), 2**40), st.integers(0, 999_999_999)),
)
def test_it_reads_what_google_writes(
    field: str, problem: str, reason: str, metadata: dict[str, str], delay: tuple[int, int] | None
) -> None:
    bad = rpc.BadRequest(field_violations=[rpc.BadRequest.FieldViolation(field=field, description=problem)])
    bad.field_violations.add(field="another")
    retry = rpc.RetryInfo()
    if delay is not None:
        retry.retry_delay.seconds, retry.retry_delay.nanos = delay
    found = read_details(status(rpc.DebugInfo(detail="x"), bad, rpc.ErrorInfo(reason=reason, metadata=metadata), retry))
    assert found == Details(
        field, problem, reason, metadata.get("suggestion", ""), None if delay is None else delay[0] + delay[1] / 1e9
    )


def test_nothing_said() -> None:
    assert read_details(b"") == read_details(status()) == Details()


@given(st.binary(max_size=60))
def test_garbage_is_read_or_refused(data: bytes) -> None:
    try:
        read_details(data)
    except ValueError:
        return


@given(st.data())
def test_changed_bytes_are_read_or_refused(data: st.DataObject) -> None:
    good = bytearray(status(rpc.ErrorInfo(reason="R", metadata={"suggestion": "BTC/USDT"}), rpc.RetryInfo()))
    for _ in range(data.draw(st.integers(1, 4))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    try:
        read_details(bytes(good))
    except ValueError:
        return


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_a_status_that_is_cut_short_is_refused(cut: int) -> None:
    with pytest.raises(ValueError):
        read_details(status(rpc.ErrorInfo(reason="a long reason of more than twenty bytes"))[:-cut])
