"""Order flow: messages into the client's own, the calls of both clients, and what `onebook flow` prints."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from client import InvalidArgumentError
from client.analytics import order_flow_cli
from client.analytics.order_flow import from_message
from client.numbers import Scales
from onebook.v1 import analytics_pb2 as api
from tests.client.analytics_data import make_flow
from tests.client.fake_server import VENUES, FakeServer, Send, Stall

DECIMAL: Scales[Decimal] = Scales("decimal")
FLOAT: Scales[float] = Scales("float")


def test_every_field_is_from_message() -> None:
    flow = from_message(make_flow(7), DECIMAL)
    assert (flow.header.sequence, flow.market, flow.levels) == (7, "BTC/USDT", 2)
    assert (flow.consolidated.venue, flow.consolidated.imbalance) == ("", Decimal("-0.250000000"))
    one, other = flow.flows
    assert (one.venue, one.bid_size, one.ask_size) == (VENUES[0], Decimal("12.5"), Decimal("7.5"))
    assert (other.bid_size, other.ask_size, other.imbalance) == (None, None, None)
    (window,) = one.windows
    assert (window.window, window.coverage) == (30.0, 0.5)
    assert (window.best_level, window.by_level) == (Decimal("-1.5"), (Decimal("-1.5"), Decimal("0.25")))
    assert (window.integrated, window.updates, window.partial) == (Decimal("-1.25"), 321, True)
    assert (window.buy_volume, window.sell_volume, window.unknown_volume) == (Decimal("2.5"), Decimal("0.75"), 0)
    assert (window.volume_delta, window.trades, window.trades_partial) == (Decimal("1.75"), 12, False)
    assert [venue.live for venue in flow.venues] == [True, True]
    assert from_message(make_flow(), FLOAT).consolidated.imbalance == -0.25


def test_the_calls_of_both_clients(server: FakeServer, connect: Callable[..., Any]) -> None:
    server.script("GetOrderFlow", [Send(api.GetOrderFlowResponse(order_flow=make_flow()))])
    server.script("StreamOrderFlow", [Send(api.StreamOrderFlowResponse(order_flow=make_flow(9))), Stall()])
    driver = connect()
    assert driver.call("order_flow", "A/B", 3, venues="x").flows[0].venue == VENUES[0]
    assert driver.call("order_flow", raw=True) == make_flow()
    stream = driver.client.stream_order_flow("A/B", 2, venues=["x", "y"], min_interval=0.5)
    assert driver.next(stream).header.sequence == 9
    assert server.requests == [
        ("GetOrderFlow", api.GetOrderFlowRequest(market="A/B", levels=3, venues=["x"])),
        ("GetOrderFlow", api.GetOrderFlowRequest()),
        (
            "StreamOrderFlow",
            api.StreamOrderFlowRequest(market="A/B", levels=2, venues=["x", "y"], min_interval_ms=500),
        ),
    ]
    with pytest.raises(InvalidArgumentError, match="levels"):
        driver.call("order_flow", "A/B", -1)


def test_a_table(server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
    server.script("GetOrderFlow", [Send(api.GetOrderFlowResponse(order_flow=make_flow()))])
    assert order_flow_cli.main(["a/b", "--levels", "2", "--venues", "x,y", "--server", server.target]) == 0
    out = capsys.readouterr().out
    head, columns, whole, one, other, note, *_ = out.splitlines()
    assert "BTC/USDT" in head
    assert "best 2 levels per side" in head
    assert columns.split()[:5] == ["BIDS", "ASKS", "IMBALANCE", "WINDOW", "FLOW"]
    assert whole.split() == [
        *("all", "venues", "12.5000", "7.5000", "-25.0%", "30s", "~-1.5000", "~-1.2500", "+1.7500"),
    ]  # fmt: skip
    assert one.split()[:4] == [VENUES[0], "12.5000", "7.5000", "+25.0%"]
    assert other.split()[:5] == [VENUES[1], "none", "none", "none", "30s"]
    assert "partial" in note
    assert all(len(line) <= 80 for line in out.splitlines())
    assert server.requests == [("GetOrderFlow", api.GetOrderFlowRequest(market="A/B", levels=2, venues=["x", "y"]))]


def test_json(server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
    server.script("GetOrderFlow", [Send(api.GetOrderFlowResponse(order_flow=make_flow()))])
    assert order_flow_cli.main(["--json", "--server", server.target]) == 0
    line = json.loads(capsys.readouterr().out)
    assert line["type"] == "order_flow"
    assert line["consolidated"]["imbalance"] == "-0.250000000"
    assert line["flows"][1]["bid_size"] is None
    window = line["flows"][0]["windows"][0]
    assert (window["best_level"], window["by_level"], window["partial"]) == ("-1.5", ["-1.5", "0.25"], True)
    assert isinstance(window["start_time_nanos"], str), "a double would round it"
