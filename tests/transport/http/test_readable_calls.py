"""The readable paths of a real server: the JSON of the client, CSV, the simple book, streams, and who may ask."""

from __future__ import annotations

import csv
import http.client
import io
import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from client.json_lines import to_json
from server.api.access import Access
from server.api.token_file import TokenFile
from server.transport.http.asgi import SECURITY_HEADERS
from server.transport.http.readable_paths import path_of
from server.transport.http.rpc_messages import RpcMessages
from tests.api.token_files import READ, new_token, write
from tests.readable.contract import converted, responses

from .http_rig import SECONDS, HttpRig


def test_a_book_is_the_line_that_the_client_prints(web: HttpRig) -> None:
    over_grpc = web.call("/onebook.v1.MarketDataService/GetBook", {"market": "BTC/USDT"}).json()
    found = web.get("/v1/book?market=BTC/USDT")
    assert (found.status, found.headers["content-type"]) == (200, "application/json")
    assert found.json()["header"]["epoch"] == over_grpc["book"]["header"]["epoch"]
    assert found.json()["bids"] == [
        {"price": "100.50", "size": "2.500", "venue": "beta"},
        {"price": "100.00", "size": "1.000", "venue": "alpha"},
    ]


@pytest.mark.parametrize("name", [name for name, _ in responses()])
def test_every_call_has_a_path(web: HttpRig, name: str) -> None:
    service, call = name.split("/")
    path = path_of(service, call)
    if "/stream/" in path:
        refused = web.ask("POST", path, b"{}", content_type="application/json")
        assert (refused.status, refused.headers["allow"]) == (405, "GET, OPTIONS")
        return
    given = {"GetVenueBook": "?venue=alpha", "GetQuote": "?side=buy&size=1"}.get(call, "")
    answer = web.get(path + given)
    if "HistoryService" in service:
        assert "keeps no history" in answer.json()["message"]
        return
    assert answer.status == 200
    messages = RpcMessages(service, call)
    fields: dict[str, Any] = {
        "GetVenueBook": {"venue": "alpha"},
        "GetQuote": {"side": "QUOTE_SIDE_BUY", "size": "1"},
    }.get(call, {})
    packed = messages.request(**fields).SerializeToString()
    same = web.ask("POST", f"/{name}", packed, content_type="application/proto")
    expected = [json.loads(to_json(each)) for each in converted(messages.response.FromString(same.body))]
    found = answer.json()
    lines = found[next(iter(found))] if "type" not in found else [found]
    assert [list(line) for line in lines] == [list(line) for line in expected]
    assert [line.get("market") for line in lines] == [line.get("market") for line in expected]


def test_post_takes_the_same_as_json(web: HttpRig) -> None:
    body = {"market": "BTC/USDT", "levels": 1, "venues": ["alpha"], "fields": ["bids"]}
    assert web.call("/v1/book", body).json() == {
        "type": "book",
        "bids": [{"price": "100.00", "size": "1.000", "venue": "alpha"}],
    }
    assert web.ask("POST", "/v1/book", b"levels=1", content_type="text/plain").status == 415
    half = web.call("/v1/book", b'{"\\ud800": "BTC/USDT"}')
    assert (half.status, half.json()["message"]) == (400, "request: has text that is not Unicode")
    packed = web.ask("POST", "/v1/book", b"{}", content_type="application/json", content_encoding="gzip")
    assert packed.status == 501


def test_the_simple_book(web: HttpRig) -> None:
    bids, asks = [["100.50", "2.500"], ["100.00", "1.000"]], [["100.75", "2.500"], ["101.00", "1.000"]]
    for path in ("/book", "/book/BTC-USDT", "/book?market=BTC/USDT"):
        assert web.get(path).json() == {"bids": bids, "asks": asks}
    assert web.get("/book/ETH-USDT").json() == {"bids": [], "asks": []}
    signed = web.get("/book/BTC-USDT?signed=1&numbers=1&levels=1").body
    assert signed == b'{"bids": [[100.50, 2.500]], "asks": [[100.75, -2.500]]}\n'
    missing = web.get("/book/DOGE-USD")
    assert (missing.status, missing.json()["code"]) == (404, "not_found")
    assert web.get("/book/BTC-USDT?market=ETH/USDT").status == 400


def test_csv(web: HttpRig) -> None:
    answer = web.get("/v1/book.csv?levels=1")
    assert answer.headers["content-type"].startswith("text/csv")
    assert list(csv.reader(io.StringIO(answer.body.decode()))) == [
        ["side", "price", "size", "venue"],
        ["bid", "100.50", "2.500", "beta"],
        ["ask", "100.75", "2.500", "beta"],
    ]
    assert web.get("/candles.csv").body == web.get("/v1/candles.csv").body
    assert web.get("/v1/history/trades.csv").json()["code"] == "failed_precondition"
    assert "fields: is no parameter" in web.get("/v1/book.csv?fields=bids").json()["message"]


def test_errors_are_those_of_all_calls(web: HttpRig) -> None:
    wrong = web.get("/v1/book?lvels=1")
    assert (wrong.status, wrong.json()["code"]) == (400, "invalid_argument")
    assert "did you mean levels?" in wrong.json()["message"]
    assert "did you mean /v1/book?" in web.get("/v1/bok").json()["message"]
    assert "stands there twice" in web.get("/v1/book?levels=1&levels=2").json()["message"]
    assert web.get("/v1/control/status").status == 404


def test_methods(web: HttpRig) -> None:
    head = web.ask("HEAD", "/v1/venues")
    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["content-length"]) == len(web.get("/v1/venues").body)
    options = web.ask("OPTIONS", "/v1/book")
    assert (options.status, options.headers["allow"]) == (204, "GET, HEAD, POST, OPTIONS")
    for name, value in SECURITY_HEADERS:
        assert options.headers[name.decode()] == value.decode()
    refused = web.ask("DELETE", "/v1/book")
    assert (refused.status, refused.headers["allow"]) == (405, "GET, HEAD, POST, OPTIONS")
    assert web.ask("HEAD", "/v1/stream/book").status == 405


def test_a_stream(web: HttpRig) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", web.server.port, timeout=SECONDS)) as connection:
        connection.request("GET", "/v1/stream/book?levels=1&fields=market,bids")
        answer = connection.getresponse()
        assert answer.headers["content-type"] == "text/event-stream"
        name, _, data = answer.readline().partition(b" ")
        assert name == b"data:"
        made: dict[str, Any] = json.loads(data)
        assert made == {
            "type": "book",
            "market": "BTC/USDT",
            "bids": [{"price": "100.50", "size": "2.500", "venue": "beta"}],
        }
    assert web.get("/v1/stream/book?fields=nothing").status == 400
    assert web.get("/v1/stream/book?levels=x").status == 400


def test_a_token_is_needed_where_the_server_has_tokens(tmp_path: Path) -> None:
    entry, text = new_token("reader", READ)
    path = tmp_path / "tokens.toml"
    write(path, [entry])
    web = HttpRig(access=Access(TokenFile(path)))
    try:
        for wanted in ("/v1/book", "/book", "/v1/candles.csv", "/v1/stream/book"):
            assert web.get(wanted).status == 401
        assert web.get("/book", authorization=f"Bearer {text}").status == 200
    finally:
        web.close()
