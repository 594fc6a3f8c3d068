"""The port of HTTP of a whole server: its metrics, its health, its calls; and that there is none without --http."""

from __future__ import annotations

import http.client
import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.app import App
from server.config import Config, build
from server.errors import ConfigError
from server.http_port import troubles, why_not_ready
from server.metrics.exposition import ALL
from server.options import read
from server.venues import DEFAULT_VENUES
from tests.test_app import closed_port, settings
from tests.waiting import eventually

__all__ = ["closed_port"]
VENUE = DEFAULT_VENUES[0]


def parse(*words: str) -> Config:
    return read(("--pair", "BTC/USDT", *words), "server.py")


@pytest.fixture(params=[0, 1])
def app(
    closed_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[App]:
    monkeypatch.setattr("server.app.DISCOVERY_WAIT", 0.2)
    folders = {"data": str(tmp_path / "data"), "history": str(tmp_path / "history")}
    app = App(build(settings(closed_port, http_port=0, http_processes=request.param, **folders)))
    app.start(threading.Event())
    yield app
    app.stop()


def ask(app: App, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    assert app.http is not None
    connection = http.client.HTTPConnection("127.0.0.1", app.http.port, timeout=60)
    try:
        connection.request(method, path, body, {"content-type": "application/json"} if body is not None else {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_a_server_with_http(app: App) -> None:
    assert ask(app, "GET", "/health") == (200, b'{"status": "serving"}\n')
    status, body = ask(app, "GET", "/ready")
    assert status == 503
    assert json.loads(body)["reason"].startswith(f"no venue is live: {VENUE} is down: ")
    status, body = ask(app, "POST", "/onebook.v1.MarketDataService/ListMarkets", b"{}")
    assert [market["name"] for market in json.loads(body)["markets"]] == ["BTC/USDT"]
    for service in ("AnalyticsService/GetQuote", "HistoryService/ListTrades"):
        assert ask(app, "POST", f"/onebook.v1.{service}", b'{"x": 1}')[0] == 400
    assert ask(app, "POST", "/onebook.v1.ControlService/Resync", b"{}")[0] == 404, "HTTP takes no commands"
    eventually(lambda: ask(app, "GET", "/ready?market=BTC/USDT")[0] == 503)


def test_the_page_of_metrics_has_all_that_is_known(app: App) -> None:
    status, body = ask(app, "GET", "/metrics")
    page = body.decode()
    assert status == 200
    unknown = {"age_seconds", "match_ratio", "extra_levels", "missing_levels", "offset_seconds", "uncertainty_seconds"}
    unknown |= {f"{hop}_latency_seconds" for hop in ("venue", "apply", "dispatch")}  # No frame has come.
    engine = bool(app.server.counters())
    for metric in ALL:
        known = not metric.name.endswith(tuple(unknown)) and (engine or "_grpc_" not in metric.name)
        known = known and not any(part in metric.name for part in ("_kafka_", "_edge_"))  # This server has no brokers.
        assert (f"# TYPE {metric.name} {metric.kind}" in page) == known, metric.name
    for thread in ("dispatcher", "http"):
        assert f'onebook_thread_working{{thread="{thread}"}} 1.0' in page
    assert "process_resident_memory_bytes" in page


def test_what_cannot_be_written_elsewhere_is_named(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    assert troubles(app) == []
    assert app.history is not None
    monkeypatch.setattr(type(app.history), "troubles", ["the history cannot be written"])
    assert json.loads(ask(app, "GET", "/health")[1])["troubles"] == ["the history cannot be written"]


def test_a_market_that_was_removed(app: App) -> None:
    assert why_not_ready(app.registry, "ETH/USDT") == "the market was removed"
    assert why_not_ready(app.registry, "") == why_not_ready(app.registry, "BTC/USDT")


def test_without_the_option_there_is_no_port(closed_port: int) -> None:
    app = App(build(settings(closed_port)))
    try:
        assert app.http is None
        assert [thread.name for thread in app.threads if thread.name == "http"] == []
    finally:
        app.stop()


def test_missing_packages_end_the_start_with_one_line(closed_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(ConfigError, match=r"packages are missing: uvicorn .*pip install 'onebook\[http\]'"):
        App(build(settings(closed_port, http_port=0)))


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"http_port": 70000}, "http_port was 70000"),
        ({"http_host": "unix:/run/x"}, "http_host was 'unix:/run/x', must be an address"),
        ({"http_processes": 2}, "http_processes was 2, must be 0 (a thread of the server serves HTTP) or 1"),
        ({"http_processes": True}, "http_processes was True, must be 0"),
        ({"http_names": "books.example.com"}, "http_names was not a list"),
        ({"http_names": ["a b"]}, "http_names: 'a b' was no name"),
        ({"http_names": ["books.example.com:80"]}, "http_names: 'books.example.com:80' was no name"),
    ],
)
def test_settings_that_cannot_work(setting: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build({"pairs": ["BTC/USDT"], **setting})
    assert said in str(caught.value)
