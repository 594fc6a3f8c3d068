"""Pages over several venues: each row once, whatever the page and the order."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onebook.v1 import history_pb2 as pb
from server.api.past_pages import page, read_time_token, readable, time_token, wanted
from server.history.day_reader import Source
from server.history.errors import HistoryError, Trouble
from server.history.pages import Key, Page, made_range, token
from server.history.schema import Kind
from server.request_errors import RequestError


def call(rows: dict[str, list[Key]]) -> object:
    """A store whose rows are their own keys."""

    def read(source: Source, start: int, end: int, *, after: str, limit: int, newest_first: bool) -> Page[Key]:
        asked = made_range(Kind.TRADE, start, end, after, limit, newest_first)
        found = sorted((key for key in rows[source.venue] if asked.holds(key)), reverse=newest_first)
        return Page(found[:limit], token(Kind.TRADE, found[limit - 1]) if len(found) > limit else "")

    return read


keys = st.lists(st.tuples(st.integers(1, 4), st.integers(0, 3)), max_size=12, unique=True)


@given(keys, keys, st.integers(1, 5), st.booleans())
def test_each_row_once(one: list[Key], two: list[Key], size: int, newest_first: bool) -> None:
    rows = {"a": one, "b": two}
    sources = [Source(venue, "BTC", "USDT") for venue in rows]
    found: list[Key] = []
    more = ""
    for _ in range(100):
        request = pb.PastRange(page_size=size, page_token=more, newest_first=newest_first, end_time_nanos=100)
        asked = wanted(Kind.TRADE, request, 10, 100)
        part, more = page(Kind.TRADE, call(rows), lambda key: key, sources, asked)  # type: ignore[arg-type]
        found += part
        if not more:
            break
    assert found == sorted(one + two, reverse=newest_first)


def test_defaults() -> None:
    asked = wanted(Kind.TRADE, pb.PastRange(), 10, 100)
    assert (asked.start, asked.size, asked.after, asked.newest_first) == (0, 10, None, False)
    assert abs(asked.end - time.time_ns()) < 10**10


def test_tokens_of_times() -> None:
    assert read_time_token(time_token(2**63 - 1)) == 2**63 - 1
    assert read_time_token("") is None
    for wrong in ("t1.", "t1.-1", "t2.5", "t1.9223372036854775808", "t1.\u0665", "x"):
        with pytest.raises(RequestError):
            read_time_token(wrong)


def test_what_cannot_be_read_now() -> None:
    def broken() -> None:
        raise HistoryError("/a/path: the file is damaged", Trouble.CORRUPT)

    with pytest.raises(RequestError, match="damaged") as caught:
        readable(broken)
    assert "/a/path" not in caught.value.message
