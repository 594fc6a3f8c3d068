"""The records of a block as a table: the same as one by one, or an error before the first."""

from __future__ import annotations

import pytest
from hypothesis import given

from recording import Kind, Record
from recording.errors import DamagedError
from recording.layout import RECORD_HEAD
from recording.record_table import RecordTable
from tests.recording.samples import RECORDS, RUN, message


def payload(records: list[Record]) -> bytes:
    heads = [RECORD_HEAD.pack(len(body), source, kind, time, at) for kind, source, body, time, at in records]
    return b"".join(heads) + b"".join(record.body for record in records)


@given(RECORDS)
def test_records_are_taken_in_their_order(records: list[Record]) -> None:
    table = RecordTable(payload(records), len(records))
    assert list(table.kinds) == [record.kind for record in records]
    first = [table.take()] if records else []
    assert [*first, *table.left()] == records
    assert (table.next, table.at) == (len(records), len(table.payload))


def test_a_record_has_its_own_type() -> None:
    taken = RecordTable(payload([RUN]), 1).take()
    assert type(taken) is Record
    assert taken.kind == Kind.RUN


@pytest.mark.parametrize("cut", [1, 100, 130, 131])
def test_what_is_cut_short_is_refused(cut: int) -> None:
    whole = payload([message(1)])
    with pytest.raises(DamagedError, match="cut short|other lengths"):
        RecordTable(whole[:-cut], 1)
    with pytest.raises(DamagedError, match="other lengths"):
        RecordTable(whole + b"x", 1)
