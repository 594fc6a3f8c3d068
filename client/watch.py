"""What `onebook watch` does once its options are known: open a client, show or print what comes."""

from __future__ import annotations

import argparse
import itertools
from dataclasses import dataclass
from enum import Enum
from typing import Any

from .command import EXIT_DONE, EXIT_NO, Connection, say
from .live import report
from .market_data.books import Book
from .market_data.summaries import Summary
from .market_data.trades import Trade, TradeGap
from .market_data.venue_status import VenueStatus
from .output import Show, TextOutput, printer
from .stream import Stream
from .sync import Client

PROG = "onebook watch"
_LOCAL = ("127.", "localhost", "[::1]", "unix:")


class View(Enum):
    """What is watched."""

    BOOK = "book"
    SUMMARY = "summary"
    TRADES = "trades"
    STATUS = "status"


class Output(Enum):
    """How it is shown."""

    SCREEN = "screen"
    PLAIN = "plain"
    JSON = "json"


@dataclass(frozen=True)
class Options:
    """The command line, checked."""

    market: str
    levels: int
    venues: tuple[str, ...]
    quotes: tuple[str, ...]
    dust: str | None
    interval: float
    """Seconds."""
    view: View
    output: Output
    count: int | None
    once: bool
    since: int
    """Nanoseconds since 1970 UTC; 0: now."""
    arguments: argparse.Namespace
    """All flags, for who prints."""


_KINDS: dict[View, tuple[type[Any], ...]] = {
    View.BOOK: (Book,),
    View.SUMMARY: (Summary,),
    View.TRADES: (Trade, TradeGap),
    View.STATUS: (VenueStatus,),
}


def watch(options: Options, connection: Connection) -> int:
    """Watch until the user or `count` ends it; the exit status. Raises OnebookError for what cannot be retried."""
    if options.output is Output.SCREEN:
        _screen(options, connection)
        return 0
    show = printer(options.arguments, _KINDS[options.view])
    with connection.client(say(PROG)) as client:
        if options.once:
            answer = _ask(client, options)
            show(answer)
            return EXIT_NO if report(PROG, answer.market, answer.venues) else EXIT_DONE
        with _stream(client, options, show) as stream:
            for message in itertools.islice(stream, options.count):
                show(message)
    return 0


def _view_arguments(options: Options) -> dict[str, Any]:
    return {"venues": options.venues, "dust": options.dust, "quote_currencies": options.quotes}


def _ask(client: Client, options: Options) -> Book[Any] | Summary[Any] | VenueStatus[Any]:
    if options.view is View.SUMMARY:
        summary: Summary[Any] = client.summary(options.market, options.levels, **_view_arguments(options))
        return summary
    if options.view is View.STATUS:
        status: VenueStatus[Any] = client.venue_status(options.market)
        return status
    book: Book[Any] = client.book(options.market, options.levels, **_view_arguments(options))
    return book


def _stream(client: Client, options: Options, show: Show) -> Stream[Any]:
    pace = {**_view_arguments(options), "min_interval": options.interval}
    if options.view is View.SUMMARY:
        return client.stream_summary(options.market, options.levels, **pace)
    if options.view is View.STATUS:
        return client.stream_venue_status(options.market)
    if options.view is View.TRADES:
        return client.stream_trades(options.market, venues=options.venues, on_gap=show, start=options.since)
    return client.stream_book(options.market, options.levels, **pace, start=options.since)


def _screen(options: Options, connection: Connection) -> None:
    # Here and not above: the keyboard needs termios, which not every platform has; text and JSON work without.
    from .tui.app import run
    from .tui.feeds import StreamOpener
    from .tui.model import Model

    output = TextOutput(options.arguments.no_color)
    model = Model(
        connection.server,
        options.market,
        options.levels,
        options.venues,
        same_host=connection.server.startswith(_LOCAL),
        ascii_only=output.ascii_only,
    )
    run(output.screen(), model, connection.client, StreamOpener(options.dust, options.interval))
