"""The pure modules of the page, called in the browser: exact decimals, events, streams, candles of several venues."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal, localcontext
from itertools import product
from typing import Any

import pytest

from tests.browser import View

from .conftest import PageServer

Run = Callable[..., Any]
DECIMALS = ["0", "1.10", "-0.5", "64016.09", "0.00000001", "12345678901234567890.123456789", "-7", "1000000"]


@pytest.fixture(scope="module")
def run(browser: Any, served: PageServer) -> Iterator[Run]:
    view = View(browser, f"{served.url}page/decimal.js")

    def call(module: str, name: str, *arguments: Any) -> Any:
        words = f"async (given) => (await import('/page/{module}.js')).{name}(...given)"
        return view.page.evaluate(words, list(arguments))

    yield call
    view.close()


def test_sums_and_comparisons_are_exact(run: Run) -> None:
    for left, right in product(DECIMALS, DECIMALS):
        with localcontext() as exact:
            exact.prec = 60
            assert Decimal(run("decimal", "sum", left, right)) == Decimal(left) + Decimal(right)
            order = (Decimal(left) > Decimal(right)) - (Decimal(left) < Decimal(right))
            assert run("decimal", "compared", left, right) == order


@pytest.mark.parametrize(
    ("text", "shown"),
    [("64016.0900", "64,016.09"), ("1000000", "1,000,000"), ("-1234.5", "-1,234.5"), ("0.00", "0"), (None, "")],
)
def test_numbers_are_shown_as_they_are(run: Run, text: str | None, shown: str) -> None:
    assert run("decimal", "shown", text) == shown


def test_numbers_of_a_column_are_equally_long(run: Run) -> None:
    made = [run("decimal", "aligned", text, 3) for text in ("1.5", "2.125", "3")]
    assert {len(text) for text in made} == {5}
    assert [text.strip() for text in made] == ["1.5", "2.125", "3"]


def test_averages_are_cut_and_not_rounded(run: Run) -> None:
    assert run("decimal", "cut", "64090.0999", 2) == "64,090.09"
    assert run("decimal", "cut", "64090.0999", 0) == "64,090"


def test_running_sums_are_exact(run: Run) -> None:
    sizes = ["0.1", "0.02", "3"]
    made = run("decimal", "runningSums", [{"size": size} for size in sizes])
    assert list(map(Decimal, made)) == [Decimal("0.1"), Decimal("0.12"), Decimal("3.12")]


SOCKET = """async () => {
    const { Socket } = await import('/page/socket.js');
    const socket = new Socket('/websocket'), heard = [];
    const told = (name, done) => ({ asked: () => {}, message: (message) => heard.push([name, message.type]) && done(),
        ended: (error) => heard.push([name, error.code]) && done() });
    const read = (name, ...given) => new Promise((done) => { given[2] = told(name, done); read.id =
        socket.subscribe(given[0], given[1], 1, 0, given[2]); });
    await read('book', '/v1/stream/book', { market: 'BTC/USDT', levels: 1 });
    const book = read.id;
    await read('nothing', '/v1/stream/nothing', {});
    await read('other', '/v1/stream/book', { market: 'ETH/USDT', levels: 1 });
    const links = [socket.link];
    socket.again();
    links.push(socket.link);
    const before = heard.length;
    while (heard.length < before + 2) await new Promise((done) => setTimeout(done, 10));
    const names = new Set(heard.slice(before).map(([name]) => name));
    socket.unsubscribe(book);
    socket.unsubscribe(read.id);
    return [heard.slice(0, 1), heard.filter(([name]) => name === 'nothing'), [...names].sort(),
        links[0] !== links[1], socket.link];
}"""


def test_one_socket_carries_all_streams_and_begins_again(browser: Any, served: PageServer) -> None:
    view = View(browser, f"{served.url}page/socket.js")
    first, refused, after, is_new, left = view.page.evaluate(SOCKET)
    assert first == [["book", "book"]]
    assert refused == [["nothing", "not_found"]]
    assert set(after) <= {"book", "other"}
    assert is_new, "the silent connection is left"
    assert left is None, "without a stream there is no socket"
    view.close()


def test_panels_that_are_closed_need_no_stream(run: Run) -> None:
    values = {"levels": "20", "venues": "", "interval": "1m"}

    def names(hidden: list[str], **changes: str) -> set[str]:
        return set(run("feeds", "wanted", {"values": {**values, **changes}}, "BTC/USDT", hidden))

    assert names([]) == {"book", "trades", "candles", "averages"}
    assert names(["trades", "candles", "prices"]) == {"book"}
    assert names([], venues="a") == {"book", "trades", "candles", "averages", "status"}
    book = run("feeds", "wanted", {"values": values}, "BTC/USDT", ["depth", "heat"])["book"]
    assert (book["path"], book["parameters"]["levels"], book["credit"]) == ("/v1/stream/book", 20, 1)


def candle(venue: str, high: str, low: str, volume: str | None, opened: int = 60) -> dict[str, Any]:
    return {
        "venue": venue,
        "open_time_nanos": f"{opened}000000000",
        "open": "10",
        "close": "11",
        "high": high,
        "low": low,
        "volume": volume,
        "state": "complete",
    }


def test_candles_of_venues_become_one_that_is_partial(run: Run) -> None:
    nothing = {**candle("c", "1", "1", "0"), "open": None}
    parts = [
        candle("a", "12.5", "9", "0.3"),
        candle("b", "12.25", "8.75", "0.6"),
        nothing,
        candle("a", "1", "1", "1", 0),
    ]
    early, late = run("candle_past", "merged", parts)
    assert early["open_time_nanos"] == "0000000000"
    assert (late["high"], late["low"], late["volume"], late["state"]) == ("12.5", "8.75", "0.9", "partial_gap")
    assert late["counted_venues"] == ["a", "b"]
    (unknown,) = run("candle_past", "merged", [candle("a", "2", "1", None), candle("b", "2", "1", "1")])
    assert unknown["volume"] is None


def test_what_is_wrong_with_a_venue_is_said(run: Run) -> None:
    good = {
        "state": "live",
        "detail": "",
        "unverified": False,
        "trades_state": "received",
        "clock_offset_nanos": 3_000_000,
        "clock_uncertainty_nanos": 250_000_000,
        "resyncs": 0,
        "gaps": 0,
        "audits": 0,
    }
    assert run("venue_table", "wrongOf", good) == ""
    bad = {**good, "state": "stale", "detail": "silent", "trades_state": "mute", "clock_offset_nanos": -3_000_000_000}
    assert run("venue_table", "wrongOf", bad) == "silent; trades mute; our clock is 3.0 s behind"
    assert run("venue_table", "pastOf", {**good, "resyncs": 1, "gaps": 2}) == "1 resync, 2 gaps so far"
    assert run("venue_table", "matchOf", good) == ""
    audited = {**good, "audits": 1, "audit_bid_match_ppm": 999_999, "audit_ask_match_ppm": 1_000_000}
    assert run("venue_table", "matchOf", audited) == "99.99 %"
