"""A batch tells its records by kind."""

from __future__ import annotations

from recording import Kind, Ring
from tests.recording.samples import RUN, SOURCE, message


def test_definitions_are_found_only_where_there_are_some() -> None:
    ring = Ring.made(1 << 16)
    for record in (message(1), message(2)):
        ring.put(record.source, record.kind, record.body, *record[3:])
    plain = ring.collect(1 << 20)
    assert plain is not None
    assert plain.definitions == []
    for record in (RUN, SOURCE):
        ring.put(record.source, record.kind, record.body, *record[3:])
    batch = ring.collect(1 << 20)
    assert batch is not None
    assert batch.definitions == [RUN, SOURCE]
    assert batch.of([Kind.RECEIVED]) == [message(1), message(2)]
    assert batch.packed() == batch.body
    ring.close()
