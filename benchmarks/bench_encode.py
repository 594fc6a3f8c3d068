"""Encoding: the published messages from C structs, against building and serialising them with protobuf (upb).

    python -m benchmarks.bench_encode [--quick] [--rounds N]

Top 10 of three venues. upb is timed as a server would use it: the values are at hand as Python numbers.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from benchmarks import harness
from onebook.compat import orderbook_pb2
from onebook.v1 import market_data_pb2, types_pb2
from orderbook_ext import BookLock, BookStatus, ConsolidatedView, OrderBook

TIMES = 500


def make_view() -> ConsolidatedView:
    lock = BookLock()
    entries = []
    for number, name in enumerate(("binance", "bitstamp", "kraken")):
        entry = BookStatus(name, lock)
        entry.book, entry.state = OrderBook(2, 8, tick="0.01", lock=lock), 3
        entry.book.load(*harness.market_levels(1000, seed=number))
        entry.stamp(1723161255208000000, 1723161255212345678, 5_000_000_000, 50093239202)
        entries.append(entry)
    return ConsolidatedView("BTC/USDT", entries, levels=10)


def levels(side: Any) -> list[types_pb2.Level]:
    return [types_pb2.Level(price=price, size=size, venue=venue) for price, size, venue in side]


def upb_book(
    view: ConsolidatedView, venues: list[dict[str, Any]], header: dict[str, Any], of_all: tuple[int, int, int]
) -> bytes:
    book = types_pb2.Book(
        header=types_pb2.Header(**header),
        market="BTC/USDT",
        price_exponent=-view.price_decimals,
        size_exponent=-view.size_decimals,
        bids=levels(view.bids),
        asks=levels(view.asks),
        spread=view.spread,
        mid=view.mid,
        venues=[types_pb2.VenueQuality(**venue) for venue in venues],
        proved_bid_levels=of_all[0],
        proved_ask_levels=of_all[1],
        digest=of_all[2],
    )
    return market_data_pb2.StreamBookResponse(book=book).SerializeToString()


def upb_summary(
    view: ConsolidatedView, venues: list[dict[str, Any]], header: dict[str, Any], of_best: tuple[int, int, int]
) -> bytes:
    decimals, bid, ask, mean = view.vwap_prices()
    best_bid, best_ask = levels(view.bids[:1])[0], levels(view.asks[:1])[0]
    summary = types_pb2.Summary(
        header=types_pb2.Header(**header),
        market="BTC/USDT",
        price_exponent=-view.price_decimals,
        size_exponent=-view.size_decimals,
        best_bid=best_bid,
        best_ask=best_ask,
        spread=view.spread,
        mid=view.mid,
        vwap_exponent=-decimals,
        bid_vwap=bid,
        ask_vwap=ask,
        vwap_price=mean,
        vwap_levels=20,
        bid_levels_used=view.bid_vwap.levels,
        ask_levels_used=view.ask_vwap.levels,
        venues=[types_pb2.VenueQuality(**venue) for venue in venues],
        spread_basis_points=of_best[0],
        microprice=of_best[1],
        digest=of_best[2],
    )
    return market_data_pb2.StreamSummaryResponse(summary=summary).SerializeToString()


def upb_compat(view: ConsolidatedView) -> bytes:
    names, price_scale, size_scale = ("binance", "bitstamp", "kraken"), 10**view.price_decimals, 10**view.size_decimals
    sides = [
        [orderbook_pb2.Level(exchange=names[v], price=p / price_scale, amount=s / size_scale) for p, s, v in side]
        for side in (view.bids, view.asks)
    ]
    spread = (view.spread or 0) / price_scale
    return orderbook_pb2.Summary(spread=spread, bids=sides[0], asks=sides[1]).SerializeToString()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one round")
    parser.add_argument("--rounds", type=int, help="rounds; the best one counts (9)")
    options = parser.parse_args()
    rounds = options.rounds or (1 if options.quick else 9)
    view, stamp = make_view(), (1723161255212400000, 6_000_000_000, 1723161000000000000, 123456)
    message = market_data_pb2.StreamBookResponse.FromString(view.encode_book(*stamp))
    header = {field.name: value for field, value in message.book.header.ListFields()}
    venues = [{field.name: value for field, value in venue.ListFields()} for venue in message.book.venues]
    summary = market_data_pb2.StreamSummaryResponse.FromString(view.encode_summary(*stamp)).summary
    book = message.book
    of_all = book.proved_bid_levels, book.proved_ask_levels, book.digest
    of_best = summary.spread_basis_points, summary.microprice, summary.digest
    pairs: dict[str, tuple[Callable[[], bytes], Callable[[], bytes]]] = {
        "book": (lambda: view.encode_book(*stamp), lambda: upb_book(view, venues, header, of_all)),
        "summary": (lambda: view.encode_summary(*stamp), lambda: upb_summary(view, venues, header, of_best)),
        "compat": (view.encode_compat, lambda: upb_compat(view)),
    }

    def summary_after_refresh() -> None:
        view.refresh()
        view.encode_summary(*stamp)

    harness.print_head("Encoding the top 10 of three venues")
    rows = []
    for name, (own, upb) in pairs.items():
        assert own() == upb(), name
        seconds = harness.best_seconds(
            {"own": harness.repeated(own, TIMES), "upb": harness.repeated(upb, TIMES // 10)}, rounds
        )
        ours, theirs = seconds["own"] / TIMES * 1e6, seconds["upb"] / (TIMES // 10) * 1e6
        rows.append((name, len(own()), f"{ours:.2f}", f"{theirs:.1f}", f"{theirs / ours:.0f}"))
    harness.print_table(("message", "bytes", "onebook us", "upb build + serialise us", "upb / onebook"), rows)
    both = harness.best_seconds({"x": harness.repeated(summary_after_refresh, TIMES)}, rounds)["x"] / TIMES
    print(f"refresh + encode_summary, VWAP prices computed anew: {both * 1e6:.2f} us")
    print("goals: at most 1 us, at least 30 times upb")


if __name__ == "__main__":
    main()
