"""Health as pages: what works, what is ready, and why not."""

from __future__ import annotations

import json
from typing import Any

from server.market.readiness import DEFAULT, LIVENESS
from server.transport.http.health_pages import STOPPING, HealthPages
from server.transport.http.http_message import HttpAnswer, HttpRequest


def request(query: str = "") -> HttpRequest:
    return HttpRequest("GET", "/ready", query.encode(), (), b"", "ipv4:127.0.0.1:1")


def shown(answer: HttpAnswer) -> tuple[int, dict[str, Any]]:
    return int(answer.status), json.loads(answer.body)


def pages() -> HealthPages:
    return HealthPages(lambda market: f"{market or 'the default'} waits")


def test_the_process_is_alive_while_its_threads_are() -> None:
    made = pages()
    assert shown(made.health(request())) == (200, {"status": "serving"})
    made.report(LIVENESS, False)
    status, page = shown(made.health(request()))
    assert (status, page["status"]) == (503, "not_serving")
    assert "thread" in page["reason"]


def test_readiness_of_the_default_market_and_of_others() -> None:
    made = pages()
    assert shown(made.ready(request())) == (503, {"status": "not_serving", "reason": "the default waits"})
    made.report(DEFAULT, True)
    made.report("BTC/USDT", True)
    made.report("ETH/USDT", False)
    assert shown(made.ready(request())) == (200, {"status": "serving"})
    assert shown(made.ready(request("market=BTC/USDT"))) == (200, {"status": "serving", "market": "BTC/USDT"})
    assert shown(made.ready(request("market=ETH%2FUSDT"))) == (
        503, {"status": "not_serving", "market": "ETH/USDT", "reason": "ETH/USDT waits"},
    )  # fmt: skip
    made.report("BTC/USDT", None)
    assert shown(made.ready(request("market=BTC/USDT")))[0] == 404


def test_nothing_is_ready_while_the_server_stops_but_it_is_alive() -> None:
    made = pages()
    made.report(DEFAULT, True)
    made.close()
    assert shown(made.ready(request())) == (503, {"status": "not_serving", "reason": STOPPING})
    assert shown(made.health(request()))[0] == 200


def test_what_is_no_market_or_no_parameter() -> None:
    made = pages()
    assert shown(made.ready(request("market=liveness")))[0] == 404
    assert shown(made.ready(request("market=DOGE/USD")))[0] == 404
    assert shown(made.ready(request("markets=BTC/USDT")))[0] == 400
    assert shown(made.ready(request("market=a&market=b")))[0] == 400


def test_what_cannot_be_written_elsewhere_is_named_and_the_process_is_well() -> None:
    found: list[str] = []
    pages = HealthPages(lambda _market: "", lambda: found)
    healthy = HttpRequest("GET", "/health", b"", [], b"", "ipv4:127.0.0.1:1")
    assert b"troubles" not in pages.health(healthy).body
    found.append("the history cannot be written")
    answer = pages.health(healthy)
    assert answer.status == 200
    assert json.loads(answer.body) == {"status": "serving", "troubles": ["the history cannot be written"]}
