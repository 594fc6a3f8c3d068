"""Parquet files of partitions: paths, scales that change, files that appear whole."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from server.export.parquet_columns import Of, Scale, Table
from server.export.parquet_files import BATCH, GROUP, Partition, PartitionFile

parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
TABLE = Table("trade", (("time", Of.TIME), ("side", Of.TEXT), ("price", Of.PRICE)))
PARTITION = Partition(TABLE, "a", "BTC", "USDT", 20_000)


@pytest.mark.parametrize(
    ("venue", "base", "path"),
    [("a", "BTC", "table=trade/venue=a/pair=BTC-USDT/date=2024-10-04/part-0.parquet"),
     ("", "B/C=", "table=trade/venue=consolidated/pair=B%2FC%3D-USDT/date=2024-10-04/part-0.parquet")],
)  # fmt: skip
def test_paths(venue: str, base: str, path: str, tmp_path: Path) -> None:
    assert Partition(TABLE, venue, base, "USDT", 20_000).path(tmp_path) == tmp_path / path


def test_rows_of_several_scales_in_one_file(tmp_path: Path) -> None:
    for _ in range(2):
        file = PartitionFile(tmp_path, PARTITION)
        for number in range(5):
            file.add(Scale(-number, 0), (number, "buy", 7))
        file.commit()
    (path,) = tmp_path.rglob("*.parquet")
    found = parquet.read_table(path, partitioning=None).to_pydict()
    assert found["price"] == [Decimal(7).scaleb(-number) for number in range(5)]
    assert found["price_exp"] == [0, -1, -2, -3, -4]
    assert [each.name for each in path.parent.iterdir()] == ["part-0.parquet"]


def test_row_groups_are_large_and_without_differences(tmp_path: Path) -> None:
    file = PartitionFile(tmp_path, PARTITION)
    for number in range(GROUP + BATCH + 1):
        file.add(Scale(0, 0), (number, "buy", number % 100))
    file.commit()
    found = parquet.ParquetFile(PARTITION.path(tmp_path)).metadata
    assert [found.row_group(number).num_rows for number in range(found.num_row_groups)] == [GROUP, BATCH + 1]
    group = found.row_group(0)
    for place in range(found.num_columns):
        assert group.column(place).compression == "ZSTD"
        assert not any(name.startswith("DELTA") for name in group.column(place).encodings)


def test_a_file_that_is_discarded_leaves_the_one_before(tmp_path: Path) -> None:
    for commits in (True, False):
        file = PartitionFile(tmp_path, PARTITION)
        file.add(Scale(0, 0), (int(commits), "buy", 1))
        (file.commit if commits else file.discard)()
    (path,) = (each for each in tmp_path.rglob("*") if each.is_file())
    assert parquet.read_table(path, partitioning=None).num_rows == 1
    assert parquet.read_table(path, partitioning=None)["time"].to_pylist()[0].value == 1
