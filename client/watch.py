"""What `onebook watch` does once its options are known: open a client, show or print what comes."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from rich.console import Console

from .events import Connected, Event
from .json_lines import Message, to_json
from .messages import Book, Summary
from .plain import to_text
from .stream import Stream
from .sync import Client

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
    server: str
    levels: int
    venues: tuple[str, ...]
    dust: str | None
    interval: float
    """Seconds."""
    view: View
    output: Output
    count: int | None
    once: bool
    color: bool
    tls: bool
    root_certificates: str | None
    token: str | None

    def client(self, on_event: Callable[[Event], None]) -> Client:
        """A client of the server."""
        return Client(
            self.server,
            tls=self.tls,
            root_certificates=self.root_certificates,
            token=self.token,
            on_event=on_event,
        )


def watch(options: Options) -> int:
    """Watch until the user or `count` ends it; the exit status. Raises OnebookError for what cannot be retried."""
    if options.output is Output.SCREEN:
        _screen(options)
        return 0
    show = _json_line if options.output is Output.JSON else _plain_printer(options)
    with options.client(_say) as client:
        if options.once:
            show(_ask(client, options))
            return 0
        with _stream(client, options, show) as stream:
            for message in itertools.islice(stream, options.count):
                show(message)
    return 0


def _say(event: Event) -> None:
    """Tell on stderr that the server is away, or back again; stdout stays data."""
    if isinstance(event, Connected) and not event.attempt:
        return
    print(f"onebook watch: {event}", file=sys.stderr, flush=True)


def _json_line(message: Message) -> None:
    print(to_json(message), flush=True)


def _plain_printer(options: Options) -> Callable[[Message], None]:
    console = Console(no_color=not options.color, highlight=False, soft_wrap=True)

    def show(message: Message) -> None:
        # Not printed by rich itself, which would end the program with status 1 when a pipe's reader leaves.
        with console.capture() as text:
            for line in to_text(message, console.width, ascii_only=_ascii(console)):
                console.print(line)
        print(text.get(), end="", flush=True)

    return show


def _ascii(console: Console) -> bool:
    return not console.encoding.lower().startswith("utf")


def _view_arguments(options: Options) -> dict[str, Any]:
    return {"venues": options.venues, "dust": options.dust}


def _ask(client: Client, options: Options) -> Message:
    if options.view is View.SUMMARY:
        summary: Summary = client.summary(options.market, options.levels, **_view_arguments(options))
        return summary
    if options.view is View.STATUS:
        return client.venue_status(options.market)
    book: Book = client.book(options.market, options.levels, **_view_arguments(options))
    return book


def _stream(client: Client, options: Options, show: Callable[[Message], None]) -> Stream[Any]:
    pace = {**_view_arguments(options), "min_interval": options.interval}
    if options.view is View.SUMMARY:
        return client.stream_summary(options.market, options.levels, **pace)
    if options.view is View.STATUS:
        return client.stream_venue_status(options.market)
    if options.view is View.TRADES:
        return client.stream_trades(options.market, venues=options.venues, on_gap=show)
    return client.stream_book(options.market, options.levels, **pace)


def _screen(options: Options) -> None:
    # Here and not above: the keyboard needs termios, which not every platform has; text and JSON work without.
    from .tui.app import run
    from .tui.model import Model

    console = Console(no_color=not options.color, highlight=False)
    model = Model(
        options.server,
        options.market,
        options.levels,
        options.venues,
        same_host=options.server.startswith(_LOCAL),
        ascii_only=_ascii(console),
    )
    with options.client(model.event) as client:

        def open_stream(levels: int, venues: tuple[str, ...]) -> Stream[Book]:
            return client.stream_book(
                options.market, levels, venues=venues, dust=options.dust, min_interval=options.interval
            )

        run(console, model, open_stream)
