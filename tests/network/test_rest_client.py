"""The REST client against a real HTTP server that answers as told."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from server.errors import RefusedError, ThrottledError, UnreachableError, VenueError
from server.model import Receipt
from server.network.rest_client import RestClient
from server.network.rest_tap import HeldRecord
from server.protocol.rest_request import RestRequest
from server.protocol.venue import Limits

LIMITS = Limits(
    rest_weight=1000,
    rest_seconds=60.0,
    streams_per_connection=10,
    sends_per_second=5.0,
    connects_per_minute=60.0,
    max_age=3600.0,
    used_weight_header="X-Used",
)


class Handler(BaseHTTPRequestHandler):
    answer: ClassVar[tuple[int, dict[str, str], bytes]] = (200, {}, b"{}")
    delay: ClassVar[float] = 0.0

    def do_GET(self) -> None:
        status, headers, body = self.answer
        time.sleep(self.delay)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(BrokenPipeError):  # A client that did not want to wait has left.
            self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Quiet."""


@pytest.fixture
def base() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    Handler.delay = 0.0
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def get(base: str, timeout: float = 5.0) -> bytes:
    client = RestClient(base, LIMITS)
    try:
        return client.get(RestRequest("/x", timeout=timeout), threading.Event())
    finally:
        client.close()


def test_body_of_a_good_answer(base: str) -> None:
    Handler.answer = (200, {}, b'{"bids":[]}')
    assert get(base) == b'{"bids":[]}'


@pytest.mark.parametrize(
    ("status", "headers", "error", "wait"),
    [
        (429, {"Retry-After": "7"}, ThrottledError, 7),
        (418, {"Retry-After": "120"}, ThrottledError, 120),
        (429, {}, ThrottledError, 10),
        (418, {"Retry-After": "soon"}, ThrottledError, 120),
        (451, {}, RefusedError, 0),
        (403, {}, RefusedError, 0),
        (503, {}, UnreachableError, 0),
        (404, {}, VenueError, 0),
    ],
)
def test_what_each_status_means(
    base: str, status: int, headers: dict[str, str], error: type[VenueError], wait: float
) -> None:
    Handler.answer = (status, headers, b'{"msg":"no"}')
    client = RestClient(base, LIMITS)
    with pytest.raises(error, match=f"answered {status}") as caught:
        client.get(RestRequest("/x"), threading.Event())
    client.close()
    if isinstance(caught.value, ThrottledError):
        assert caught.value.retry_after == wait
        assert caught.value.banned == (status == 418)
        assert client.budget.delay(1) > wait - 2, "the whole host is left alone"


def test_a_venue_may_refuse_with_the_status_of_trouble(base: str) -> None:
    client = RestClient(base, replace(LIMITS, refusal=b'["error",10020,'))
    for body, kind in (
        (b'["error",10020,"candles: invalid"]', VenueError),
        (b'["error",20060,"down"]', UnreachableError),
    ):
        Handler.answer = (500, {}, body)
        with pytest.raises(VenueError) as caught:
            client.get(RestRequest("/x"), threading.Event())
        assert type(caught.value) is kind
    client.close()


def test_retry_after_may_be_a_date(base: str) -> None:
    Handler.answer = (429, {"Retry-After": formatdate(time.time() + 100, usegmt=True)}, b"")
    with pytest.raises(ThrottledError) as caught:
        get(base)
    assert 90 < caught.value.retry_after <= 100


def test_used_weight_is_believed(base: str) -> None:
    Handler.answer = (200, {"X-Used": "900"}, b"{}")
    client = RestClient(base, LIMITS)
    client.get(RestRequest("/x"), threading.Event())
    client.close()
    assert client.budget.delay(1) > 0


def test_slow_and_absent_servers_are_unreachable(base: str) -> None:
    Handler.delay = 1.0
    with pytest.raises(UnreachableError, match="could not be reached"):
        get(base, timeout=0.2)
    with pytest.raises(UnreachableError, match="could not be reached: .*refused"):
        get("http://127.0.0.1:9")


def test_waiting_for_the_budget_ends_with_the_server(base: str) -> None:
    client = RestClient(base, LIMITS)
    client.budget.block(1000)
    stop = threading.Event()
    stop.set()
    with pytest.raises(UnreachableError, match="stopping"):
        client.get(RestRequest("/x"), stop)


class Tap:
    """Notes what a recorder is told."""

    def __init__(self) -> None:
        self.answers: list[tuple[str, int, str | None, bytes]] = []
        self.failures: list[tuple[str, str]] = []
        self.times: list[Receipt] = []

    def answered(self, request: RestRequest, status: int, headers: Mapping[str, str], body: bytes, at: Receipt) -> None:
        self.answers.append((request.path, status, headers.get("Retry-After"), body))
        self.times.append(at)

    def failed(self, request: RestRequest, error: Exception, at: Receipt) -> None:
        self.failures.append((request.path, str(error)))
        self.times.append(at)


def test_every_outcome_is_recorded(base: str) -> None:
    tap = Tap()
    client = RestClient(base, LIMITS, tap=tap)
    Handler.answer = (200, {}, b"good")
    client.get(RestRequest("/x"), threading.Event())
    Handler.answer = (429, {"Retry-After": "1"}, b"slow down")
    with pytest.raises(ThrottledError):
        client.get(RestRequest("/y"), threading.Event())
    client.close()
    assert tap.answers == [("/x", 200, None, b"good"), ("/y", 429, "1", b"slow down")]
    gone = RestClient("http://127.0.0.1:9", LIMITS, tap=tap)
    with pytest.raises(UnreachableError):
        gone.get(RestRequest("/z"), threading.Event())
    assert [path for path, _words in tap.failures] == ["/z"]
    assert "could not be reached" in tap.failures[0][1]
    gone.deferred(RestRequest("/later"), ThrottledError("later", 9.0), Receipt(1, 2))
    assert tap.failures[1] == ("/later", "later")
    assert tap.times[-1] == Receipt(1, 2)


def test_an_outcome_may_be_recorded_when_it_is_used(base: str) -> None:
    tap, held = Tap(), HeldRecord()
    Handler.answer = (200, {}, b"book")
    client = RestClient(base, LIMITS, tap=tap)
    assert client.get(RestRequest("/x"), threading.Event(), held) == b"book"
    assert tap.answers == []
    held.put(Receipt(5, 6))
    client.close()
    assert (tap.answers, tap.times) == ([("/x", 200, None, b"book")], [Receipt(5, 6)])
