"""The document's own reader reads what onebook writes, and its tables have the names of the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from recording import Kind, bodies
from recording.codecs import zstd
from tests.captures import ROOT
from tests.recording.samples import RUN, SOURCE, message, record

TEXT = (ROOT / "docs" / "recording.md").read_text()


def test_the_reader_of_the_document_reads_a_segment(tmp_path: Path) -> None:
    records = [RUN, SOURCE, *(message(number) for number in range(50))]
    path = record(tmp_path, records, [10, 30])
    (code,) = [block for block in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL) if "def records" in block]
    names: dict[str, Any] = {"zstd": zstd}
    exec(re.sub(r"from compression import zstd.*\n", "", code), names)
    assert list(names["records"](path)) == [tuple(each) for each in records]
    path.write_bytes(path.read_bytes()[:-1000])
    assert len(list(names["records"](path))) < len(records)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_is_in_the_table(kind: Kind) -> None:
    assert re.search(rf"^\| {int(kind)} \| {kind.name} \|", TEXT, re.MULTILINE)


def test_the_names_of_bodies_are_those_of_the_table() -> None:
    for body in (
        bodies.failed("GET", "/x", "no", "Error"),
        bodies.lost(1, 2, 3),
        bodies.source(1, "a", 1, [], 2),
        bodies.answer_line("GET", "/x", 200, {}),
    ):
        named = "{" + ",".join(f'"{name}"' for name in bodies.unpacked(body)) + "}"
        assert named in TEXT, named
