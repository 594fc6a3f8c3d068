"""The history over readable paths: links lead through all pages, as JSON and as CSV, and times are as people type."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from onebook.v1 import history_pb2
from server.history_source.history_listener import HistoryListener
from server.readable.answers import AnswerShape
from server.readable.openapi_schemas import Schemas
from server.replay.played_history import PlayedHistory
from server.replay.row_writers import RowWriters
from server.units import SECOND
from tests.api.test_history import BEGIN, books, folder, trades

from .http_rig import KINDS, SERVED_BY, HttpRig

__all__ = ["folder"]


@pytest.fixture(scope="module", params=SERVED_BY)
def past(folder: Path, request: pytest.FixtureRequest) -> Iterator[HttpRig]:
    history = PlayedHistory(RowWriters(folder, None))
    history.listener = HistoryListener(lambda _rows: None)  # What this server does is not to be found.
    rig = HttpRig(history=history, kind=KINDS[request.param])
    yield rig
    rig.close()
    history.stop()


def pages(web: HttpRig, path: str) -> Iterator[Any]:
    """The answers of the path and of all links to next pages."""
    while path:
        answer = web.get(path)
        assert answer.status == 200, answer.body
        yield answer
        link = re.fullmatch(r'<(.*)>; rel="next"', answer.headers.get("link", ""))
        path = link[1] if link else "" if ".csv" in path else answer.json()["next"] or ""


EXPECTED = sorted((row.time, int(row.trade_id), row.market.venue) for row in trades())


@pytest.mark.parametrize("size", [7, 60, 5000])
def test_links_lead_through_all_trades(past: HttpRig, size: int) -> None:
    path = f"/v1/history/trades?market=BTC/USDT&start={BEGIN}&page_size={size}&without=header"
    found = [trade for page in pages(past, path) for trade in page.json()["trades"]]
    assert [(int(each["exchange_time_nanos"]), int(each["trade_id"]), each["venue"]) for each in found] == EXPECTED
    assert all(next(iter(each)) == "type" and "header" not in each for each in found)


def test_links_of_csv_lead_through_all_trades(past: HttpRig) -> None:
    rows: list[dict[str, str]] = []
    for page in pages(past, "/v1/history/trades.csv?newest_first=true&page_size=50"):
        rows += csv.DictReader(io.StringIO(page.body.decode()))
    assert [(int(row["trade_id"]), row["venue"]) for row in rows] == [(id, venue) for _, id, venue in EXPECTED[::-1]]
    assert rows[0]["price"] in {"100.59", "1005.9"}
    assert rows[0]["time"].endswith(".000000000Z")


def test_a_book_of_the_past(past: HttpRig) -> None:
    moment = BEGIN + 5 * SECOND
    made = past.get(f"/v1/history/book_at?time={moment}&fields=bids,asks,header.past").json()
    assert made["header"] == {"past": True}
    assert {"price": "100.0", "size": "1.00000000", "venue": "alpha"} in made["bids"]
    later = past.get("/v1/history/book_at?time=1s&fields=market").json()
    assert later == {"type": "book", "market": "BTC/USDT"}
    assert past.get("/v1/history/book_at").json()["code"] == "invalid_argument"


def test_books_and_states_fit_their_schemas(past: HttpRig) -> None:
    for name, response in (
        ("books", history_pb2.ListBooksResponse),
        ("summaries", history_pb2.ListSummariesResponse),
        ("venue_states", history_pb2.ListVenueStatesResponse),
        ("open_interest", history_pb2.ListOpenInterestResponse),
    ):
        schemas = Schemas()
        answer = AnswerShape(response)
        whole = schemas.answer(answer)
        made = past.get(f"/v1/history/{name}").json()
        assert made[answer.names[0]]
        jsonschema_rs.validator_for({**whole, "components": {"schemas": schemas.made}}).validate(made)
        rows = list(csv.DictReader(io.StringIO(past.get(f"/v1/history/{name}.csv").body.decode())))
        assert len(rows) == len(made[answer.names[0]])
    assert len(past.get("/v1/history/books").json()["books"]) == len({row.time for row in books()})


def test_a_token_of_another_call_is_an_error(past: HttpRig) -> None:
    answer = past.get("/v1/history/trades?page_token=nonsense")
    assert (answer.status, answer.json()["code"]) == (400, "invalid_argument")
