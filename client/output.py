"""How a command shows messages: lines of JSON, or text for people."""

from __future__ import annotations

import argparse
import itertools
import os
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from .command import names, positive, whole_number
from .errors import InvalidArgumentError
from .json_fields import Selection
from .json_lines import to_json
from .plain import ENDLESS, to_text
from .stream import Stream

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Show = Callable[[Any], None]
Lines = Callable[[Any], list[Text]]


def output_flags(
    parser: argparse.ArgumentParser,
    how: argparse._MutuallyExclusiveGroup | None = None,
    kinds: Sequence[type[Any]] = (),
) -> None:
    """--json, which fields its lines have, and --no-color. `kinds` are the messages that the command shows."""
    (how or parser).add_argument("--json", action="store_true", help="one line of JSON per message")
    parser.add_argument("--fields", type=names, metavar="A,B.C", help="with --json: only these fields (all)")
    parser.add_argument("--without", type=names, metavar="A,B.C", help="with --json: all fields but these")
    parser.add_argument("--no-color", action="store_true", help="no colours (also $NO_COLOR)")
    parser.set_defaults(json_kinds=tuple(kinds))


def selection(arguments: argparse.Namespace, kinds: Sequence[type[Any]] = ()) -> Selection | None:
    """What --fields and --without choose; None is everything. Raises InvalidArgumentError for what is no field."""
    if arguments.fields is None and arguments.without is None:
        return None
    if not arguments.json:
        flag = "--fields" if arguments.fields is not None else "--without"
        raise InvalidArgumentError(f"{flag} is for --json", field=flag)
    return Selection(arguments.fields or (), arguments.without or (), kinds or arguments.json_kinds)


def printer(arguments: argparse.Namespace, kinds: Sequence[type[Any]] = (), lines: Lines | None = None) -> Show:
    """What shows a message, as the flags say; `kinds` where the flags choose them, `lines` the text of a message, where
    it is not one of the market's. Raises InvalidArgumentError."""
    chosen = selection(arguments, kinds)
    if arguments.json:
        return partial(json_line, selection=chosen)
    output = TextOutput(arguments.no_color)
    return output.show if lines is None else lambda message: output.lines(lines(message))


def follow_flags(parser: argparse.ArgumentParser, pace: int | None = None) -> None:
    """--follow, what ends it, and, of states, how often they come: `pace` is the server's own, in milliseconds."""
    parser.add_argument("--follow", action="store_true", help="print every change, too")
    parser.add_argument("--count", type=positive, metavar="N", help="with --follow: end after N messages")
    if pace is not None:
        least = f"with --follow: minimum time between messages ({pace})"
        parser.add_argument("--interval", type=whole_number, metavar="MS", help=least)


def follow_pace(arguments: argparse.Namespace) -> float:
    """Seconds of --interval. Raises ValueError for flags that say nothing without --follow."""
    interval = getattr(arguments, "interval", None)
    for name, value in (("--count", arguments.count), ("--interval", interval)):
        if value is not None and not arguments.follow:
            raise ValueError(f"{name} is for --follow")
    return (interval or 0) / 1000


def show_answers(
    arguments: argparse.Namespace, lines: Lines, ask: Callable[[], object], stream: Callable[[], Stream[Any]]
) -> int:
    """The answer to a call or, with --follow, the messages of a stream, as JSON or as `lines`; the exit status."""
    if arguments.follow:
        return show_stream(arguments, lines, stream())
    printer(arguments, lines=lines)(ask())
    return 0


def show_stream(arguments: argparse.Namespace, lines: Lines, stream: Stream[Any]) -> int:
    """The messages of a stream, until --count of them; the exit status."""
    show = printer(arguments, lines=lines)
    with stream as messages:
        for message in itertools.islice(messages, arguments.count):
            show(message)
    return 0


def json_line(message: DataclassInstance, selection: Selection | None = None) -> None:
    """One line of JSON on stdout."""
    print(to_json(message, selection), flush=True)


class TextOutput:
    """Text on stdout: with colours in a terminal, without them elsewhere or where they are not wanted."""

    def __init__(self, no_color: bool) -> None:
        self.console = Console(no_color=no_color or bool(os.environ.get("NO_COLOR")), highlight=False, soft_wrap=True)

    def screen(self) -> Console:
        """A console for a live screen on the same terminal."""
        return Console(no_color=self.console.no_color, highlight=False)

    @property
    def ascii_only(self) -> bool:
        """The terminal cannot show block characters."""
        return not self.console.encoding.lower().startswith("utf")

    def show(self, message: DataclassInstance) -> None:
        """A message."""
        # A pipe has no width: what is cut for it is lost to whoever reads the lines.
        width = self.console.width if self.console.is_terminal else ENDLESS
        self.lines(to_text(message, width, ascii_only=self.ascii_only))

    def lines(self, lines: Iterable[Text]) -> None:
        """Lines as they are."""
        # Not printed by rich itself, which would end the program with status 1 when a pipe's reader leaves.
        with self.console.capture() as text:
            for line in lines:
                self.console.print(line)
        print(text.get(), end="", flush=True)
