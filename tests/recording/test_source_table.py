"""Sources keep their definitions as long as the ring has records of theirs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from recording import Kind, Record, Ring, bodies
from server.recording.source_table import SourceTable


@pytest.fixture
def ring() -> Iterator[Ring]:
    made = Ring.made(1 << 16)
    yield made
    made.close()


def records(ring: Ring) -> list[Record]:
    batch = ring.collect(1 << 30)
    return [] if batch is None else batch.of(range(99))


def take_all(ring: Ring) -> None:
    batch = ring.collect(1 << 30)
    assert batch is not None
    ring.advance(batch.end)


def test_numbers_are_given_once_and_definitions_come_first(ring: Ring) -> None:
    table = SourceTable(ring)
    table.begin_run(b'{"epoch":1}')
    assert table.add("sim", bodies.REST) == 1
    assert table.add("sim", 1, [{"pair": "BTC/USDT"}], predecessor=7) == 2
    run, rest, connection = records(ring)
    assert (run.kind, run.source, run.body) == (Kind.RUN, 0, b'{"epoch":1}')
    assert (rest.kind, rest.source, rest.body) == (Kind.SOURCE, 1, bodies.source(1, "sim", "rest"))
    assert bodies.unpacked(connection.body)["predecessor"] == 7
    assert [record.body for record in table.alive] == [run.body, rest.body, connection.body]


def test_an_ended_source_is_forgotten_when_its_end_is_on_the_disk(ring: Ring) -> None:
    table = SourceTable(ring)
    number = table.add("sim", 1)
    table.end(number)
    assert [record.source for record in table.alive] == [number]
    assert records(ring)[-1].body == bodies.ended_source(number)
    take_all(ring)
    assert table.alive == []


def test_a_definition_that_does_not_fit_comes_later(ring: Ring) -> None:
    table = SourceTable(ring)
    ring.put(0, Kind.RECEIVED, bytes((1 << 16) - 40), 1, 1)
    first, second = table.add("sim", 1), table.add("sim", 2)
    table.deliver()
    take_all(ring)
    assert records(ring) == []
    table.deliver()
    assert [record.source for record in records(ring) if record.kind == Kind.SOURCE] == [first, second]
    assert records(ring)[0].kind == Kind.LOST
    table.deliver()
    assert len(records(ring)) == 3
