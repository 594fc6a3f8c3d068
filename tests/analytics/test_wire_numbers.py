"""Numbers of the enums are those of the contract; the arithmetic has no threads, no I/O and no clock."""

from __future__ import annotations

import ast
from enum import IntEnum
from pathlib import Path

import pytest

from onebook.v1 import analytics_pb2 as pb
from server import analytics
from server.analytics.candle import CandleSource, CandleState, Fill

PURE = ("bucket", "candle", "candle_set", "interest_log", "intervals", "level", "price_average", "reconcile", "seen",
        "sums", "trade_vwap")  # fmt: skip


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


@pytest.mark.parametrize("name", PURE)
def test_the_arithmetic_has_no_threads_no_io_and_no_clock(name: str) -> None:
    banned = {"threading", "time", "socket", "requests", "asyncio", "grpc", "os", "pathlib", "subprocess"}
    tree = ast.parse((Path(analytics.__file__).parent / f"{name}.py").read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert not {alias.name.split(".")[0] for alias in node.names} & banned
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            assert (node.module or "").split(".")[0] not in banned
