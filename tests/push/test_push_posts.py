"""Posts over HTTP into whole servers: what readers see, what is kept, and who may post."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.app import App
from server.config import build
from server.errors import CommandError, ConfigError
from server.model import Pair, VenueState
from server.push.push_posts import AVERAGE_PRICES, ORDER_BOOK
from server.push.pushed_book import PUSH
from tests.api.token_files import Keys
from tests.test_app import closed_port
from tests.test_app import settings as venue_settings
from tests.waiting import eventually

__all__ = ["closed_port"]
BOOK = {"ticker": "btcusdt", "bids": [["64009.02", "0.5"], ["64009.01", 1]], "asks": [[64009.98, "0.2"]]}


def only_pushed(**more: Any) -> App:
    settings = {"pairs": ["BTC/USDT", "ETH/USDT"], "use_venues": [], "push": True, "port": 0, "http_port": 0}
    return App(build({**settings, **more}))


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    app = only_pushed(push_rate=1000, history=str(tmp_path / "history"), data=str(tmp_path / "data"))
    app.start(threading.Event())
    yield app
    app.stop()


def ask(app: App, method: str, path: str, value: Any = None, **headers: str) -> tuple[int, Any]:
    assert app.http is not None
    connection = http.client.HTTPConnection("127.0.0.1", app.http.port, timeout=60)
    named = {"content-type": "application/json", **{name.replace("_", "-"): text for name, text in headers.items()}}
    try:
        connection.request(method, path, None if value is None else json.dumps(value), named)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def test_a_posted_book_is_read_like_any_other(app: App) -> None:
    assert ask(app, "GET", "/ready")[1]["reason"] == "no venue is live: push is connecting: waits for the first post"
    path = f"{ORDER_BOOK}/"
    assert ask(app, "POST", path, BOOK) == (201, {"market": "BTC/USDT", "bids": 2, "asks": 1})
    status, book = ask(app, "GET", "/v1/book?market=BTC/USDT")
    assert status == 200
    assert book["bids"] == [
        {"price": "64009.02", "size": "0.5", "venue": "push"},
        {"price": "64009.01", "size": "1.0", "venue": "push"},
    ]
    assert book["asks"] == [{"price": "64009.98", "size": "0.2", "venue": "push"}]
    eventually(lambda: ask(app, "GET", "/ready?market=BTC/USDT")[0] == 200)
    assert ask(app, "GET", "/ready?market=ETH/USDT")[0] == 503
    venues = ask(app, "GET", "/v1/venues")[1]["venues"]
    assert [(venue["name"], venue["live_markets"]) for venue in venues] == [("push", ["BTC/USDT"])]
    status, answer = ask(app, "POST", ORDER_BOOK, {**BOOK, "asks": None})
    assert (status, answer["code"]) == (400, "invalid_argument")
    assert ask(app, "POST", ORDER_BOOK, {**BOOK, "ticker": "DOGEUSDT"})[0] == 404
    assert ask(app, "GET", "/v1/book?market=BTC/USDT")[1]["asks"] == book["asks"]


def test_averages_of_posted_prices(app: App) -> None:
    ask(app, "POST", ORDER_BOOK, {**BOOK, "bids": [["99", "1"]], "asks": [["101", "1"]]})

    def averages() -> Any:
        return ask(app, "POST", f"{AVERAGE_PRICES}/", {"duration": 30})[1]["average_prices"]

    eventually(lambda: averages()[0]["price"] == "100")
    bitcoin, ether = averages()
    assert (bitcoin["ticker"], bitcoin["market"]) == ("BTCUSDT", "BTC/USDT")
    assert 0 < float(bitcoin["coverage"]) < 1
    assert bitcoin["timestamp_lower"] < bitcoin["timestamp_upper"]
    assert ether["price"] is None
    status, answer = ask(app, "POST", AVERAGE_PRICES, {"duration": 45})
    assert (status, answer["message"]) == (
        400, "duration: this server averages over 30, 60 s (setting averages)",
    )  # fmt: skip


def test_a_restart_shows_nothing_before_a_post(app: App) -> None:
    entry = app.markets[Pair("BTC", "USDT")].entries[PUSH]
    assert entry.state == VenueState.CONNECTING
    assert ask(app, "POST", ORDER_BOOK, BOOK)[0] == 201
    assert entry.state == VenueState.LIVE
    with pytest.raises(CommandError, match="push is the only venue"):
        app.registry.remove_venue(PUSH)


def test_who_may_not_post(app: App) -> None:
    assert app.http is not None
    foreign = {"origin": "https://evil.example"}
    assert ask(app, "POST", ORDER_BOOK, BOOK, **foreign)[0] == 403
    assert ask(app, "POST", ORDER_BOOK, BOOK, host="evil.example")[0] == 403
    assert ask(app, "POST", ORDER_BOOK, BOOK, content_type="text/plain")[0] == 415
    assert ask(app, "GET", ORDER_BOOK)[0] == 405
    assert app.markets[Pair("BTC", "USDT")].entries[PUSH].state == VenueState.CONNECTING


def test_tokens_need_the_right_to_push_or_to_control(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    app = only_pushed(tokens=str(keys.path))
    app.start(threading.Event())
    try:
        assert ask(app, "POST", ORDER_BOOK, BOOK)[0] == 401
        expected = {"read": 403, "control": 201, "push": 201}
        for name, status in expected.items():
            found = ask(app, "POST", ORDER_BOOK, BOOK, authorization=f"Bearer {keys.texts[name]}")
            assert found[0] == status, (name, found)
        push = f"Bearer {keys.texts['push']}"
        assert ask(app, "GET", "/v1/book", authorization=push)[0] == 403, "who posts need not read"
    finally:
        app.stop()


def test_posts_have_a_rate(tmp_path: Path) -> None:
    app = only_pushed(push_rate=0.1)
    app.start(threading.Event())
    try:
        statuses = [ask(app, "POST", ORDER_BOOK, BOOK)[0] for _ in range(3)]
        assert statuses == [201, 201, 429]
    finally:
        app.stop()


def test_without_the_setting_there_is_no_such_path(closed_port: int) -> None:
    app = App(build(venue_settings(closed_port, http_port=0)))
    app.start(threading.Event())
    try:
        assert PUSH not in app.registry.feeds
        assert ask(app, "POST", ORDER_BOOK, BOOK)[0] == 404
    finally:
        app.stop()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"http_port": None}, "push needs the port of HTTP: set http_port"),
        ({"http_host": "0.0.0.0"}, "push needs tokens where others can reach the port of HTTP"),
        ({"push_stale": 0}, "push_stale was 0, must be seconds"),
        ({"push_rate": 0}, "push_rate was 0, must be a number per second from 0.1 to 1000"),
        ({"push": 1, "use_venues": ["kraken"]}, "push was 1, must be true or false"),
        ({"push": False}, "use_venues was not a list of venue names"),
    ],
)
def test_settings_that_cannot_work(settings: dict[str, Any], said: str) -> None:
    base = {"pairs": ["BTC/USDT"], "use_venues": [], "push": True, "http_port": 0, **settings}
    with pytest.raises(ConfigError) as caught:
        build({key: value for key, value in base.items() if value is not None})
    assert said in str(caught.value)
