"""Where calls are, by one rule, and the nearest path for those that are nowhere."""

from __future__ import annotations

import json

import pytest

from server.api.calls import Service
from server.transport.http.http_message import HttpRequest
from server.transport.http.readable_paths import SERVICES, KnownPaths, path_of, readable
from server.transport.http.rpc_messages import RpcMessages
from tests.readable.contract import responses


@pytest.mark.parametrize(
    ("service", "call", "path"),
    [
        ("MarketDataService", "GetBook", "/v1/book"),
        ("MarketDataService", "GetVenueStatus", "/v1/venue_status"),
        ("MarketDataService", "ListMarkets", "/v1/markets"),
        ("MarketDataService", "StreamBook", "/v1/stream/book"),
        ("AnalyticsService", "GetOpenInterest", "/v1/open_interest"),
        ("HistoryService", "ListOpenInterest", "/v1/history/open_interest"),
        ("HistoryService", "GetBookAt", "/v1/history/book_at"),
    ],
)
def test_the_rule(service: str, call: str, path: str) -> None:
    assert path_of(f"onebook.v1.{service}", call) == path


def test_every_call_of_the_contract_has_a_path_of_its_own() -> None:
    calls = [name.split("/") for name, _ in responses()]
    assert len({path_of(service, call) for service, call in calls}) == len(calls)
    assert {service for service, _ in calls} == set(SERVICES)
    assert all(RpcMessages(service, call) for service, call in calls)


def test_commands_have_none() -> None:
    services = [Service("onebook.v1.ControlService"), Service("onebook.v1.HistoryService")]
    assert [service.name for service in readable(services)] == ["onebook.v1.HistoryService"]


def test_the_nearest_path() -> None:
    known = KnownPaths(["/v1/book", "/v1/candles"])
    answer = known.find(HttpRequest("GET", "/v1/bok", b"", [], b"", "unix:"))
    assert answer.status == 404
    assert json.loads(answer.body)["message"] == "there is nothing at this path; did you mean /v1/book?"
    nothing = known.find(HttpRequest("GET", "/%00" * 1000, b"", [], b"", "unix:"))
    assert json.loads(nothing.body)["message"] == "there is nothing at this path"
