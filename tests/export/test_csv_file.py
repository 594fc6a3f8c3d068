"""CsvFile: rows under a header, compressed, the same bytes each time."""

from __future__ import annotations

import gzip
from pathlib import Path

from server.export.csv_file import FLUSH, CsvFile


def test_rows_under_a_header(tmp_path: Path) -> None:
    contents: list[bytes] = []
    for _ in range(2):
        file = CsvFile(tmp_path / "a.csv.gz", "name,number")
        file.write("x,1")
        file.write("y," + "2" * FLUSH)
        assert list(tmp_path.glob("*.gz")) == ([tmp_path / "a.csv.gz"] if contents else [])
        file.commit()
        contents.append((tmp_path / "a.csv.gz").read_bytes())
    assert contents[0] == contents[1]
    assert gzip.decompress(contents[0]).decode() == f"name,number\nx,1\ny,{'2' * FLUSH}\n"


def test_what_is_discarded_is_gone(tmp_path: Path) -> None:
    file = CsvFile(tmp_path / "a.csv.gz", "name")
    file.discard()
    assert list(tmp_path.iterdir()) == []
