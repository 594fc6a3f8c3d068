"""What a depth frame costs on the way into its book, on every venue's shape: the fast lane against what it is made of.

    python -m benchmarks.bench_frames [--quick] [--rounds N] [--venues NAME ...]

Recorded frames in plain order, as Session.receive() takes them: scan, route, sequence rule, levels, checksum, crossed
check, times. The floor is the decoder and the book alone, and the same with the venue's checksum where it sends one.
Peer (pip install cryptofeed): its own handler of Binance's frames with its own book, read by nobody.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

from benchmarks import harness
from benchmarks.binance_session import book_alone
from benchmarks.binance_session import through_session as whole_session
from benchmarks.recording import Recording, recording
from orderbook_ext import FrameDecoder, OrderBook
from server.book.synchronizer import BookSynchronizer
from server.model import Receipt
from tests.captures import find_capture
from tests.connection.lane_trace import without_chance
from tests.golden.replay import Replay, plain
from tests.golden.test_books import CAPTURES, golden, recorded, replay_of

VENUES = {
    "binance": "binance_spot/btcusdt_20240808-09",
    "binance_us": "binance_us/multi4_20211011",
    "binance_usdm": "binance_usdm/btcusdt_20240808",
    "bitfinex": "bitfinex/multi7_20210417",
    "bitstamp": "bitstamp/multi10_20220104",
    "bybit": "bybit/v5_btc_sol_20260809@spot",
    "coinbase_advanced": "coinbase_advanced/btc_eth_20260809_first520",
    "coinbase_exchange": "coinbase_exchange/five_products_20210417",
    "deribit": "deribit/options_20210722",
    "ftx": "ftx/multi10_20210722",
    "gate": "gate/v4_multi10_20210422",
    "gemini": "gemini/multi10_20210623",
    "kraken": "kraken/derived_v2_20210417",
    "kucoin": "kucoin/five_20210425",
    "okx": "okx/v5_l2tbt_20210722",
}
RECORDS = 20_000
QUICK_RECORDS = 400
FRAMES = 3_000
"""At most, of one venue."""
PEER = "cryptofeed's handler"

Body = Callable[[], object]


@dataclass(frozen=True)
class Stretch:
    """Frames of a capture that follow one another, each taken by the fast lane; those of other kinds are left out where
    no number counts them."""

    capture: str
    start: int
    """Records before the first."""
    frames: list[tuple[str, bytes, Receipt]]
    """Symbol, bytes, and when they were received."""


def find_stretch(capture: str, records: int) -> Stretch:
    """The longest one."""
    replay = replay_of(capture, list(golden(capture)))
    counted = replay.venue.COUNTED
    best = now = Stretch(capture, 0, [])
    receive = replay.session.receive
    lane = replay.session.lane
    heard: list[tuple[bytes, Receipt, bool, str]] = []

    def watched(data: bytes, at: Receipt) -> Any:
        before = lane.taken
        effects = receive(data, at)
        taken = lane.taken > before and not effects
        symbol = lane.book.owner.plan.instrument.symbol if taken and lane.book is not None else ""
        heard.append((data, at, taken, symbol))
        return effects

    replay.session.receive = watched
    decisions = decision_counter(replay)
    for line in islice(replay.run(recorded(capture)), records):
        decided = decisions()
        for data, at, taken, symbol in heard:
            if taken and len(now.frames) < FRAMES:
                now.frames.append((symbol, data, at))
            elif decided or counted or len(now.frames) == FRAMES:
                now = Stretch(capture, line + 1, [])
        heard.clear()
        if not now.frames or decided:
            now = Stretch(capture, line + 1, [])
        if len(now.frames) > len(best.frames):
            best = now
    return best


def decision_counter(replay: Replay) -> Callable[[], int]:
    """Says how many depth frames and snapshots the state machines were given since it was asked last."""
    count = 0

    def counted(step: Callable[..., None]) -> Callable[..., None]:
        def counting(*arguments: Any) -> None:
            nonlocal count
            count += 1
            step(*arguments)

        return counting

    for sync in replay.syncs.values():
        sync.frame = counted(sync.frame)  # type: ignore[method-assign]
        sync.snapshot = counted(sync.snapshot)  # type: ignore[method-assign]

    def since() -> int:
        nonlocal count
        found, count = count, 0
        return found

    return since


def before(stretch: Stretch) -> Replay:
    """The replay just before the stretch."""
    replay = replay_of(stretch.capture, list(golden(stretch.capture)))
    for _ in islice(replay.run(recorded(stretch.capture)), stretch.start):
        pass
    replay.session.tick(replay.now)  # A snapshot of just now leaves its book to the next turn.
    return replay


def through_session(stretch: Stretch) -> Callable[[], Body]:
    """As the connection thread hands them in."""
    frames = [data for _, data, _ in stretch.frames]
    at = stretch.frames[-1][2]

    def prepare() -> Body:
        session = before(stretch).session
        b"".join(frames)  # They come fresh from the socket: to be fetched from memory is no part of the way in.

        def body() -> None:
            receive = session.receive
            for data in frames:
                receive(data, at)

        taken = session.lane.taken

        def checked() -> None:
            body()
            if session.lane.taken - taken != len(frames):
                raise SystemExit(f"{stretch.capture}: frames did not take the fast lane")

        return checked

    return prepare


def copy_of(sync: BookSynchronizer) -> OrderBook:
    """A book of its own with the same levels."""
    book, window, instrument = sync.book, sync.plan.window, sync.plan.instrument
    tick = instrument.tick or None
    copy = OrderBook(book.price_decimals, book.size_decimals, tick=tick, depth=window, window=window > 0)
    bids, asks = (
        [(plain(price, book.price_decimals), plain(size, book.size_decimals)) for price, size in side]
        for side in book.levels()
    )
    copy.load(bids, asks)
    return copy


def floor(stretch: Stretch, checksums: bool) -> Callable[[], Body]:
    """Decoder and book alone, the frames' books known beforehand."""

    def prepare() -> Body:
        replay = before(stretch)
        decoder = FrameDecoder(replay.venue.DEPTH)
        books = {symbol: copy_of(sync) for symbol, sync in replay.syncs.items()}
        frames = [data for _, data, _ in stretch.frames]
        of_frames = [books[symbol] for symbol, _, _ in stretch.frames]
        rule = next(iter(replay.syncs.values())).plan.checksum if checksums else None
        b"".join(frames)

        def body() -> None:
            for book, data in zip(of_frames, frames, strict=True):
                book.feed(decoder, data)
                if rule is not None and decoder.checksum:
                    book.checksum(rule)

        return body

    return prepare


def shapes(venues: Sequence[str], rounds: int, records: int) -> Iterator[tuple[str, ...]]:
    """A row a venue."""
    for venue in venues:
        capture = VENUES[venue]
        assert capture in CAPTURES
        if find_capture(f"{capture.partition('@')[0]}.jsonl.gz") is None:
            continue
        stretch = find_stretch(capture, records)
        count = len(stretch.frames)
        if count < 10:
            yield venue, str(count), "", "", "", ""
            continue
        candidates = {"session": through_session(stretch), "floor": floor(stretch, False)}
        sums = next(iter(before(stretch).syncs.values())).plan.checksum is not None
        if sums:
            candidates["checked"] = floor(stretch, True)
        seconds = harness.best_seconds(candidates, rounds)
        us = {name: value / count * 1e6 for name, value in seconds.items()}
        checked = f"{us['session'] / us['checked']:.2f}" if sums else ""
        ratio = us["session"] / us["floor"]
        yield venue, str(count), f"{us['session']:.2f}", f"{us['floor']:.2f}", f"{ratio:.2f}", checked


# -- the peer


def peer(source: Recording) -> Callable[[], Body] | None:
    """cryptofeed's handler, its symbols and snapshot given to it instead of fetched; None where it is not installed."""
    try:
        exchanges: Any = importlib.import_module("cryptofeed.exchanges")
        symbols: Any = importlib.import_module("cryptofeed.symbols")
        types: Any = importlib.import_module("cryptofeed.types")
    except ModuleNotFoundError:
        return None
    symbols.Symbols.set("BINANCE", {"BTC-USDT": "BTCUSDT"}, {"instrument_type": {"BTC-USDT": "spot"}})
    texts = [frame.decode() for frame in source.frames]
    snapshot = json.loads(source.snapshot)

    def prepare() -> Body:
        async def heard(_book: object, _at: float) -> None:
            """Nobody reads it."""

        feed = exchanges.Binance(symbols=["BTC-USDT"], channels=["l2_book"], callbacks={"l2_book": heard})
        book = types.OrderBook("BINANCE", "BTC-USDT")
        for side, rows in ((book.book.bids, snapshot["bids"]), (book.book.asks, snapshot["asks"])):
            for price, size in rows:
                side[Decimal(price)] = Decimal(size)
        feed._l2_book["BTC-USDT"] = book  # noqa: SLF001 - the peer has no public way
        feed.last_update_id["BTC-USDT"] = snapshot["lastUpdateId"]

        async def handle() -> None:
            for text in texts:
                await feed.message_handler(text, None, 0.0)

        def body() -> None:
            asyncio.run(handle())
            if feed.last_update_id["BTC-USDT"] <= snapshot["lastUpdateId"]:
                raise SystemExit("cryptofeed took no frame")

        return body

    return prepare


def against_peer(rounds: int, most: int | None) -> None:
    source = recording(trades=False, most=most)
    candidates = {"onebook: Session.receive": whole_session(source), "decoder and book alone": book_alone(source)}
    handler = peer(source)
    if handler is None:
        print(f"{PEER}: not installed\n")
    else:
        candidates[PEER] = handler
    seconds = harness.best_seconds(candidates, rounds)
    ours = seconds["onebook: Session.receive"]
    harness.print_table(
        (f"{source.name}: {len(source.frames)} depth frames", "us/frame", "x onebook's time"),
        [(name, f"{t / len(source.frames) * 1e6:.2f}", f"{t / ours:.1f}") for name, t in seconds.items()],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="2 rounds, the beginning of each recording")
    parser.add_argument("--rounds", type=int, help="rounds; the best one counts (7)")
    parser.add_argument("--venues", nargs="+", choices=VENUES, help="these venues' shapes alone")
    options = parser.parse_args()
    rounds = options.rounds or (2 if options.quick else 7)
    without_chance(setattr)  # All replays of a capture are to be the same.
    harness.print_head("A depth frame into its book")
    harness.print_table(
        ("us a frame", "frames", "Session.receive", "decoder + book", "ratio", "to that with checksum"),
        shapes(options.venues or list(VENUES), rounds, QUICK_RECORDS if options.quick else RECORDS),
    )
    against_peer(rounds, QUICK_RECORDS if options.quick else None)


if __name__ == "__main__":
    main()
