"""The registry of analytics is all there is: of the contract, of the folders, and of what the engine runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from onebook.v1 import analytics_pb2
from server import analytics
from server.analytics.registry import ANALYTICS

from .call_context import CallRig


def test_every_call_of_the_contract_is_of_one_analytic() -> None:
    context = CallRig().context
    offered: list[str] = []
    for analytic in ANALYTICS:
        made: Any = analytic.calls(context)
        offered += [*made.unary(), *made.streaming()]
        methods = analytics_pb2.DESCRIPTOR.services_by_name["AnalyticsService"].methods_by_name
        for name, (_, parse) in {**made.unary(), **made.streaming()}.items():
            assert type(parse(b"")).__name__ == methods[name].input_type.name
            assert methods[name].server_streaming == (name in made.streaming())
    assert sorted(offered) == sorted(methods)


def test_every_folder_is_an_entry() -> None:
    folders = {path.parent.name for path in Path(analytics.__file__).parent.glob("*/__init__.py")}
    assert {analytic.calls.__module__.split(".")[-2] for analytic in ANALYTICS} == folders
    for analytic in ANALYTICS:
        if analytic.runtime is not None:
            assert analytic.runtime.__module__.rpartition(".")[0] == analytic.calls.__module__.rpartition(".")[0]
