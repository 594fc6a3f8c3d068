"""Captures become recordings: each message byte for byte, in order, with its time, and with a plan for a replay."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from recording import Kind, Record, bodies, read
from recording.verify import check
from server.recording.import_cli import main
from tests.captures import capture_path, captures_folder, read_records

KINDS = {"recv": Kind.RECEIVED, "shape": Kind.RECEIVED, "send": Kind.SENT, "http": Kind.ANSWER}
FILES = [str(path.relative_to(captures_folder())) for path in sorted(captures_folder().glob("*/*.jsonl.gz"))]


def conversation(records: Iterable[Record]) -> Iterator[tuple[int, bytes]]:
    for record in records:
        if record.kind == Kind.ANSWER:
            yield record.kind, bodies.answer_of(record.body).body
        elif record.kind in (Kind.RECEIVED, Kind.SENT):
            yield record.kind, record.body


@pytest.mark.parametrize("name", FILES or ["absent"])
def test_every_capture_comes_back_byte_for_byte(name: str, tmp_path: Path) -> None:
    path = capture_path(name)
    assert main([str(path), str(tmp_path)]) == 0
    lines, records = list(read_records(path)), list(read(tmp_path))
    written = [(KINDS[line["k"]], line["d"].encode()) for line in lines if line["k"] in KINDS]
    assert list(conversation(records)) == written
    times = [int(Decimal(line["t"]) * 10**9) for line in lines if line["k"] == "recv" and line["t"]]
    if times:
        assert [record.time for record in records if record.kind == Kind.RECEIVED] == times
    assert check(tmp_path) == []
