"""What a trade costs on its way in, on every venue's shape: read, put in order, and handed to the dispatcher's queue.

    python -m benchmarks.bench_trades [--quick] [--rounds N] [--venues NAME ...]

`decoded` is the venue's decoder in C, or the venue file where it has none; `+ sequenced` adds TradeSequencer; `whole
way` is Session.receive, TradeRouter and the dispatcher's queue, without a book beside it. The naive way: json.loads and
two Decimals per trade, no check, no sequence. Messages are recorded ones; those of Binance.US and USD-M are of other
streams than onebook subscribes, and not for the decoder.
"""

from __future__ import annotations

import argparse
import json
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import islice

from benchmarks import harness
from orderbook_ext import TradeDecoder
from server.connection.effects import TradeReceived
from server.connection.session import Session
from server.errors import VenueError
from server.feed.trade_router import TradeRouter
from server.feed.trade_sequencer import TradeSequencer
from server.market.feed_listener import MarketListener
from server.market.market import Market
from server.model import Instrument, Pair, Receipt
from server.network.rest_client import RestClient
from server.protocol.events import TradeEvent
from server.protocol.venue import Venue
from server.publish.dispatcher import Dispatcher
from server.publish.epoch import Epoch
from server.venues import VENUES
from tests.captures import captures_folder, read_records
from tests.golden.test_books import CAPTURES

MESSAGES = 2_000
QUICK_MESSAGES = 300
RECORDS = 60_000
"""Of each capture that are looked through."""
ENOUGH = 50
"""Trades that say what one costs in order; decoding alone is repeated where there are fewer."""
AT = Receipt(1_760_000_000_000_000_000, 1)

Body = Callable[[], object]


def folders() -> dict[str, str]:
    """Where the captures of a venue are."""
    return {venue: capture.partition("/")[0] for capture, venue in CAPTURES.items()}


def trades_of(venue: Venue, message: bytes) -> list[TradeEvent]:
    """The trades of a message, as the venue file reads them."""
    try:
        return [event for event in venue.read(message) if isinstance(event, TradeEvent) and not event.past]
    except VenueError:
        return []


def generated(most: int) -> list[bytes]:
    """Trades of Binance, for want of recorded ones."""
    return [
        b'{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":%d,"p":"61837.%02d000000",'
        b'"q":"0.0%d000000","T":1723161255342,"m":true,"M":true}}'
        % (3735683259 + number, number % 50, number % 900 + 100)
        for number in range(most)
    ]


def recorded(venue: Venue, folder: str, most: int) -> Iterator[bytes]:
    """Messages of trades from the venue's captures."""
    found: list[bytes] = []
    for path in sorted((captures_folder() / folder).glob("*.jsonl.gz")):
        texts = (record["d"] for record in islice(read_records(path), RECORDS) if record["k"] == "recv")
        found += islice(
            (data for data in map(str.encode, texts) if len(data) < 50_000 and trades_of(venue, data)), most
        )
    return iter(found[:most])


# -- candidates


def decode(venue: Venue, decoder: TradeDecoder | None, message: bytes) -> Sequence[TradeEvent]:
    """As the session does it."""
    events = decoder.read(message) if decoder is not None else None
    return trades_of(venue, message) if events is None else events


def decoded(venue: Venue, messages: Sequence[bytes]) -> Callable[[], Body]:
    def prepare() -> Body:
        decoder = venue.trade_decoder()

        def body() -> None:
            for message in messages:
                decode(venue, decoder, message)

        return body

    return prepare


def sequenced(venue: Venue, messages: Sequence[bytes]) -> Callable[[], Body]:
    def prepare() -> Body:
        decoder, sequencer = venue.trade_decoder(), TradeSequencer(venue.TRADE_IDS, fills=False)

        def body() -> None:
            for message in messages:
                for event in decode(venue, decoder, message):
                    if sequencer.accept_next(event) is None:
                        sequencer.accept_trade(event)

        return body

    return prepare


class AtOnce:
    """Stands for the SnapshotScheduler: no history is asked, since `stop` is set."""

    def run(self, _rank: object, job: Callable[[], None]) -> None:
        job()


def whole_way(venue: Venue, messages: Sequence[bytes], streams: Sequence[str]) -> Callable[[], Body]:
    def prepare() -> Body:
        market = Market(Pair("A", "B"), [venue.NAME], lambda _market: None)
        instrument = Instrument(market.pair, "AB", Decimal(1), Decimal(1), "", True)
        dispatcher = Dispatcher(Epoch(1))
        dispatcher.listen(MarketListener())
        stop, workers = threading.Event(), AtOnce()
        stop.set()
        rest = RestClient("http://127.0.0.1:1", venue.LIMITS)
        router = TradeRouter(venue, rest, workers, stop, dispatcher)  # type: ignore[arg-type]
        for stream in streams:
            router.add_stream(stream, market, instrument)
        session = Session(venue, [], streams)
        session.opened(1)

        def body() -> None:
            for message in messages:
                for effect in session.receive(message, AT):
                    if isinstance(effect, TradeReceived):
                        router.trade(effect.event, AT.time)

        def checked() -> None:
            body()
            if not market.trades:
                raise SystemExit(f"{venue.NAME}: no trade came through")

        return checked

    return prepare


def naive(messages: Sequence[bytes], count: int) -> Callable[[], Body]:
    def prepare() -> Body:
        prices = [("64001.20", "0.01250000")] * count

        def body() -> None:
            for message in messages:
                json.loads(message)
            for price, size in prices:
                Decimal(price), Decimal(size)

        return body

    return prepare


# -- the benchmark


def rows(venues: Sequence[str], rounds: int, most: int) -> Iterator[tuple[str, ...]]:
    """One row per venue whose captures have trades; the smallest cost of all rounds."""
    for name in venues:
        venue = VENUES[name]()
        messages = list(recorded(venue, folders()[name], most)) or (generated(most) if name == "binance" else [])
        trades = [trade for message in messages for trade in trades_of(venue, message)]
        if not trades:
            continue
        streams = sorted({trade.stream for trade in trades})
        decoder, repeats = venue.trade_decoder(), 1 + ENOUGH // len(trades)
        in_c = decoder is not None and all(decoder.read(message) is not None for message in messages)
        candidates = {
            "decoded": decoded(venue, messages * repeats),
            "sequenced": sequenced(venue, messages),
            "whole": whole_way(venue, messages, streams),
            "naive": naive(messages, len(trades)),
        }
        seconds = harness.best_seconds(candidates, rounds)
        seconds["decoded"] /= repeats
        us = [f"{seconds[each] / len(trades) * 1e6:.2f}" for each in candidates]
        if len(trades) < ENOUGH:
            us[1:3] = "", ""  # Most of them are the first of their streams.
        yield name, "C" if in_c else "Python", str(len(messages)), str(len(trades)), *us


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="2 rounds, the beginning of each recording")
    parser.add_argument("--rounds", type=int, help="rounds; the best one counts (50)")
    known = sorted(name for name in folders() if name in VENUES)
    parser.add_argument("--venues", nargs="+", choices=known, default=known, help="these venues' shapes alone")
    options = parser.parse_args()
    rounds = options.rounds or (2 if options.quick else 50)
    logging.disable(logging.CRITICAL)  # Captures have gaps.
    harness.print_head("A trade on its way in")
    harness.print_table(
        ("us a trade", "by", "messages", "trades", "decoded", "+ sequenced", "whole way", "json + Decimal"),
        rows(options.venues, rounds, QUICK_MESSAGES if options.quick else MESSAGES),
    )


if __name__ == "__main__":
    main()
