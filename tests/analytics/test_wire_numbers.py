"""Numbers of the enums are those of the contract; the arithmetic has no threads, no I/O and no clock."""

from __future__ import annotations

import ast
from enum import IntEnum
from pathlib import Path

import pytest

from onebook.v1 import analytics_pb2 as pb
from server import analytics
from server.analytics.candles.candle import CandleSource, CandleState, Fill

ROOT = Path(analytics.__file__).parent
PURE = [
    *ROOT.glob("*/compute.py"),
    *(ROOT / f"{name}.py" for name in ("exact", "intervals", "seen_ids", "sliding", "sums", "venue_clock")),
    *(ROOT / "candles" / f"{name}.py" for name in ("candle", "candle_series", "candle_set", "coverage_log")),
    *(ROOT / "candles" / f"{name}.py" for name in ("ohlcv_sum", "reconcile")),
    ROOT / "open_interest" / "series.py",
]


@pytest.mark.parametrize(
    ("ours", "wire", "prefix"),
    [
        (CandleState, pb.CandleState, "CANDLE_STATE_"),
        (CandleSource, pb.CandleSource, "CANDLE_SOURCE_"),
        (Fill, pb.CandleFill, "CANDLE_FILL_"),
    ],
)
def test_enums_have_the_numbers_of_the_contract(ours: type[IntEnum], wire: object, prefix: str) -> None:
    theirs = dict(wire.items())  # type: ignore[attr-defined]
    assert {f"{prefix}{each.name}": each.value for each in ours} | {f"{prefix}UNSPECIFIED": 0} == theirs


@pytest.mark.parametrize("path", PURE, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_arithmetic_has_no_threads_no_io_and_no_clock(path: Path) -> None:
    banned = {"threading", "time", "socket", "requests", "asyncio", "grpc", "os", "pathlib", "subprocess"}
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert not {alias.name.split(".")[0] for alias in node.names} & banned
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            assert (node.module or "").split(".")[0] not in banned
