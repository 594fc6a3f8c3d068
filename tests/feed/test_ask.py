"""One question to a venue: an answer of status 200 may be an error, and an order to wait holds for the whole host."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from server.errors import CorruptError, ThrottledError, UnreachableError, VenueError
from server.feed.ask import ask
from server.network.rest_client import RestClient
from server.protocol.rest_request import RestRequest
from server.venues import VENUES

from ..network.raw_server import Peer, raw_server
from ..network.test_rest_client import LIMITS

VENUE = VENUES["bybit"]()
REQUEST = RestRequest("/x")


@contextmanager
def answering(body: bytes) -> Iterator[RestClient]:
    def behave(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body))

    with raw_server(behave) as port:
        rest = RestClient(f"http://127.0.0.1:{port}", LIMITS)
        yield rest
        rest.close()


def test_a_good_answer_passes_as_it_came() -> None:
    body = b'{"retCode": 0, "retMsg": "OK", "result": {}}'
    with answering(body) as rest:
        assert ask(VENUE, rest, REQUEST, threading.Event()) == body


@pytest.mark.parametrize(
    ("answer", "kind", "blocks"),
    [
        (b'{"retCode": 10006, "retMsg": "Too many visits!"}', ThrottledError, True),
        (b'{"retCode": 10001, "retMsg": "params error"}', VenueError, False),
        (b"<html>", CorruptError, False),
    ],
)
def test_an_error_of_status_200(answer: bytes, kind: type[VenueError], blocks: bool) -> None:
    with answering(answer) as rest:
        with pytest.raises(VenueError) as caught:
            ask(VENUE, rest, REQUEST, threading.Event())
        assert type(caught.value) is kind
        assert (rest.budget.delay(1) > 1.0) is blocks


def test_a_server_that_stops_asks_nothing() -> None:
    rest = RestClient("http://127.0.0.1:1", LIMITS)
    rest.budget.block(60)
    stop = threading.Event()
    stop.set()
    with pytest.raises(UnreachableError, match="the server is stopping"):
        ask(VENUE, rest, REQUEST, stop)
