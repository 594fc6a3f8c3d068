"""Recorded sessions, replayed through the live protocol objects, end in the recorded books."""

from __future__ import annotations

import bisect
import json
import random
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import islice
from typing import Any

import pytest

from server.model import Instrument, Pair, VenueState
from server.protocol.venue import Venue
from server.venues import VENUES
from tests.captures import Record, capture_path, records

from .replay import Replay, book_hash, rest_body

CAPTURES = {
    "binance_spot/btcusdt_20240808-09": "binance",
    "binance_spot/multi4_20211011": "binance",
    "binance_spot/multi10_20210417": "binance",
    "binance_us/multi4_20211011": "binance_us",
    "bitstamp/multi10_20220104": "bitstamp",
    "kraken/derived_v2_20210417": "kraken",
    "binance_usdm/multi4_20210722": "binance_usdm",
    "binance_usdm/btcusdt_20240808": "binance_usdm",
    "okx/v5_books_20220513": "okx",
    "okx/v5_l2tbt_20210722": "okx",
    "bybit/v5_btc_sol_20260809@spot": "bybit",
    "bybit/v5_btc_sol_20260809@linear": "bybit_linear",
    "bybit/v5_ob1_20250614": "bybit_linear",
    "bitfinex/multi7_20210417": "bitfinex",
    "bitfinex/cs_tXRPBTC": "bitfinex",
    "deribit/options_20210722": "deribit",
    "ftx/multi10_20210722": "ftx",
    "ftx/us_multi10_20210417": "ftx",
    "coinbase_exchange/five_products_20210417": "coinbase_exchange",
    "coinbase_advanced/btc_eth_20260809_first520": "coinbase_advanced",
    "gemini/multi10_20210623": "gemini_v2",
    "kucoin/five_20210425": "kucoin",
    "gate/v4_multi10_20210422": "gate",
}
"""Venues by capture; behind an @ stands how the address ends, where a capture is of several sockets."""

OPTIONS: dict[str, dict[str, Any]] = {
    "bybit/v5_btc_sol_20260809@spot": {"levels": 200},
    "bybit/v5_btc_sol_20260809@linear": {"levels": 200},
    "bybit/v5_ob1_20250614": {"mode": "partial"},
    "bitfinex/multi7_20210417": {"levels": 100},
    "bitfinex/cs_tXRPBTC": {"levels": 25},
}
"""What was subscribed to, where it is not what we would take first."""

# Golden results of one venue are named by topic, and by market where a capture has both.
TOPIC = re.compile(r"(?:orderbook\.\d+\.)?(\S+)(?: spot)?")


def golden(capture: str) -> dict[str, dict[str, Any]]:
    """Golden results of a capture by symbol."""
    folder = capture_path("golden/books")
    name, _, socket = capture.partition("@")
    files = sorted(folder.glob(f"{name.replace('/', '__')}__*.json"))
    assert files, f"no golden results for {capture}"
    results = [json.loads(path.read_text()) for path in files]
    return {
        TOPIC.fullmatch(result["symbol"])[1]: result  # type: ignore[index]
        for result in results
        if not socket or result["symbol"].endswith(" spot") == (socket == "spot")
    }


def recorded(capture: str) -> Iterator[Record]:
    """All records of a capture; those of other sockets are of no kind that means anything."""
    name, _, socket = capture.partition("@")
    for record in records(f"{name}.jsonl.gz"):
        other = socket and record["k"] == "recv" and not record["u"].endswith(f"/{socket}")
        yield {**record, "k": "other"} if other else record


def venue_of(capture: str) -> Venue:
    return VENUES[CAPTURES[capture]]()


ROUTES = {"binance_usdm/btcusdt_20240808": {"BTCUSDT": "btcusdt@depth@0ms"}}
"""Recorded from a stream that is faster than the one we take, with the same frames."""


def replay_of(capture: str, symbols: list[str]) -> Replay:
    """A replay of these books of a capture."""
    routes = ROUTES.get(capture, {})
    if capture.startswith("deribit/"):
        routes = {symbol: f"book.{symbol}.raw" for symbol in symbols}
    return Replay(venue_of(capture), symbols, listed=listed(capture), routes=routes, **OPTIONS.get(capture, {}))


# What a book begins with: its symbol, and the first level's numbers, whose decimals the checksum counts.
KRAKEN_SNAPSHOT = re.compile(r'"symbol":"([^"]+)","bids":\[\{"price":[0-9]+\.([0-9]+),"qty":[0-9]+\.([0-9]+)')


def listed(capture: str) -> dict[str, Instrument]:
    """Instruments where a checksum needs decimals of the wire: those of the retired protocol, kept in the rewrite."""
    found: dict[str, Instrument] = {}
    for record in records(f"{capture}.jsonl.gz") if capture.startswith("kraken/derived") else ():
        match = KRAKEN_SNAPSHOT.search(record["d"])
        if match is not None and match[1] not in found:
            digits = (len(match[2]), len(match[3]))
            tick, lot = (Decimal(1).scaleb(-count) for count in digits)
            found[match[1]] = Instrument(Pair("B", "Q"), match[1], tick, lot, "online", True, written_decimals=digits)
    return found


def whole_book(capture: str, symbol: str, result: dict[str, Any]) -> dict[str, Any]:
    """The golden result that has the full book.

    The derived capture's own has a few levels less than a plain replay of its lines leaves, while that of the capture
    that it was rewritten from has as many: the same books under the old names.
    """
    if not capture.startswith("kraken/derived"):
        return result
    return golden("kraken/v1_multi10_20210417")[symbol.replace("BTC", "XBT")]


def tickers(traffic: Iterable[Record]) -> dict[str, list[tuple[int, tuple[Decimal, ...]]]]:
    """bookTicker frames by symbol: (update id, bid, bid size, ask, ask size), ascending ids."""
    found: dict[str, list[tuple[int, tuple[Decimal, ...]]]] = {}
    for record in traffic:
        if record["k"] == "recv" and "@bookTicker" in record["d"][:60]:
            data = json.loads(record["d"])["data"]
            found.setdefault(data["s"], []).append((data["u"], tuple(Decimal(data[key]) for key in "bBaA")))
    return {symbol: sorted(rows) for symbol, rows in found.items()}


@pytest.mark.parametrize("capture", CAPTURES)
def test_replay_ends_in_the_recorded_books(capture: str) -> None:
    results = golden(capture)
    checkpoints = {
        (symbol, point["line"]): point["sha256_top10"]
        for symbol, result in results.items()
        for point in result["checkpoints"]
    }
    replay = replay_of(capture, list(results))
    seen = 0
    for line in replay.run(recorded(capture)):
        for symbol in results:
            if (symbol, line) in checkpoints:
                assert book_hash(replay.syncs[symbol].book, 10) == checkpoints[symbol, line], f"{symbol} at {line}"
                seen += 1
    assert seen == len(checkpoints)
    for symbol, result in results.items():
        sync = replay.syncs[symbol]
        assert replay.live(symbol), f"{symbol}: {sync.state.name} {sync.entry.detail}"
        assert sync.entry.gaps == 0
        assert book_hash(sync.book, 10) == result["sha256_top10"]
        assert sync.entry.checksums_verified == result["checksums"]
        assert sync.entry.checksum_failures == 0
        full = whole_book(capture, symbol, result)
        assert sync.book.counts() == tuple(full["final"]["levels"])
        assert book_hash(sync.book, None) == full["sha256_full"]
        sync.book.check()


@pytest.mark.parametrize("capture", [name for name, venue in CAPTURES.items() if venue.startswith("binance")])
def test_top_of_book_equals_the_venues_own_ticker(capture: str) -> None:
    results, traffic = golden(capture), list(records(f"{capture}.jsonl.gz"))
    own = tickers(traffic)
    replay = replay_of(capture, list(results))
    checks = dict.fromkeys(results, 0)
    mismatches = dict.fromkeys(results, 0)
    positions = dict.fromkeys(results, -1)
    for _ in replay.run(iter(traffic)):
        for symbol, sync in replay.syncs.items():
            if not sync.live or sync.proved.rule.position == positions[symbol]:
                continue
            positions[symbol] = sync.proved.rule.position
            rows = own.get(symbol, [])
            at = bisect.bisect_right(rows, (sync.proved.rule.position, (Decimal("Infinity"),))) - 1
            if at >= 0:
                checks[symbol] += 1
                mismatches[symbol] += rows[at][1] != _best(sync.book)
    for symbol, result in results.items():
        # The long capture has two, and the golden replay the same two: of 6,492 comparisons.
        assert mismatches[symbol] == result["ticker_mismatches"], symbol
        assert checks[symbol] >= result["ticker_checks"], symbol


def _best(book: Any) -> tuple[Decimal, ...]:
    best = book.best()
    assert best is not None
    scales = (book.price_decimals, book.size_decimals) * 2
    return tuple(Decimal(value).scaleb(-scale) for value, scale in zip(best, scales, strict=True))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_lost_frames_are_noticed_and_healed(seed: int) -> None:
    """A venue with update ids: each loss is a gap; a snapshot of the undisturbed twin heals it."""
    capture, symbol, lines = "binance_spot/btcusdt_20240808-09", "BTCUSDT", 30_000
    rng = random.Random(seed)
    lost: list[int] = []

    def drop(line: int, data: bytes) -> bool:
        dropped = line > 50 and b"depthUpdate" in data[:80] and rng.random() < 0.006
        lost.extend([line] * dropped)
        return dropped

    truth = Replay(venue_of(capture), [symbol])
    disturbed = Replay(venue_of(capture), [symbol], drop=drop)
    compared = 0
    traffic = list(islice(records(f"{capture}.jsonl.gz"), lines))
    for _ in zip(truth.run(iter(traffic)), disturbed.run(iter(traffic)), strict=True):
        ours, its = disturbed.syncs[symbol], truth.syncs[symbol]
        disturbed.snapshots.clear()
        if disturbed.pending and its.live:
            disturbed.answer("/depth?symbol=BTCUSDT", rest_body(its))
        if ours.live and its.live and ours.proved.rule.position == its.proved.rule.position:
            assert ours.book.top(10) == its.book.top(10)
            compared += 1
    sync = disturbed.syncs[symbol]
    assert len(lost) >= 5
    assert 0 < sync.entry.gaps <= len(lost)
    assert sync.entry.resyncs == sync.entry.gaps
    assert compared > lines / 2
    assert sync.state is VenueState.LIVE or lost[-1] > lines - 200


def test_unseen_losses_are_healed_by_the_refresh() -> None:
    """A venue without update ids: the loss shows nowhere, the refresh replaces the book without hiding it."""
    capture, symbol = "bitstamp/multi10_20220104", "ethusd"
    frames = [record for record in records(f"{capture}.jsonl.gz") if record["k"] in ("http", "recv")]
    dropped = [
        line
        for line, record in enumerate(frames)
        if record["k"] == "recv" and f"diff_order_book_{symbol}" in record["d"]
    ][20:24]
    truth = Replay(venue_of(capture), [symbol])
    disturbed = Replay(venue_of(capture), [symbol], drop=lambda line, _data: line in dropped)
    for line in zip(truth.run(iter(frames)), disturbed.run(iter(frames)), strict=True):
        if line[0] > dropped[-1]:
            assert disturbed.live(symbol)
        if line[0] == dropped[-1] + 200:
            assert disturbed.syncs[symbol].book.levels() != truth.syncs[symbol].book.levels()
            disturbed.syncs[symbol].proved.refreshed -= 3600 * 1_000_000_000
            disturbed.snapshots.clear()
        if symbol in disturbed.pending and line[0] > dropped[-1] + 300:
            disturbed.answer(f"/order_book/{symbol}/", rest_body(truth.syncs[symbol]))
    assert disturbed.live(symbol)
    assert disturbed.syncs[symbol].entry.resyncs == 0
    assert disturbed.syncs[symbol].book.levels() == truth.syncs[symbol].book.levels()


def test_recorded_trades_are_read() -> None:
    """Every recorded trade frame becomes one trade with exact numbers and the aggressor's side."""
    capture, symbol = "binance_spot/btcusdt_20240808-09", "BTCUSDT"
    replay = Replay(venue_of(capture), [symbol])
    lines = 20_000
    traffic = list(islice(records(f"{capture}.jsonl.gz"), lines))
    for _ in replay.run(iter(traffic)):
        pass
    frames = [
        json.loads(record["d"])["data"] for record in traffic if record["k"] == "recv" and '"e":"trade"' in record["d"]
    ]
    assert len(replay.trades) == len(frames) > 1000
    for event, frame in zip(replay.trades, frames, strict=True):
        assert (event.trade.price, event.trade.size) == (Decimal(frame["p"]), Decimal(frame["q"]))
        assert event.trade.side.name == ("SELL" if frame["m"] else "BUY")
        assert event.trade.trade_id == str(frame["t"])
