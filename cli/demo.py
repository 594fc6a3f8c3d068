"""`onebook demo`: simulated exchanges, a server on them, and the terminal UI, as three processes of this machine.

What happens is said on stderr, books are on stdout. However it ends, its processes end with it (`lifeline`).
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import FrameType

from . import load
from .children import Child, ChildFailed, Children
from .lifeline import Lifeline
from .progress import Progress

READY_SECONDS = 15
"""About how long it takes until the screen is there, for people."""
START_LIMIT = 60.0
SETTLE = 8.0
"""Seconds that the slower venues have: their snapshots come from a cache, as at the real ones."""
HEADLESS_BOOKS = 5
NEEDED = ("websockets", "requests", "rich")
"""What the extras of the three parts bring."""
PAGE = "uvicorn"
"""What the page needs; the demo runs without it, too."""
_ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


def main(argv: Sequence[str] | None = None, prog: str = "onebook demo") -> int:
    """Runs the demo until the user quits, or prints a few books. Status 128 + N when signal N ended it."""
    flags = _parser(prog).parse_args(argv)
    for module in NEEDED:
        if find_spec(module) is None:
            raise ModuleNotFoundError(name=module)  # one sentence for all parts, before the first of them starts
    if flags.end_with_parent:
        _end_with(os.getppid())
    try:
        with _signals_unwind():
            status = _demo(flags, Progress(sys.stderr, steps=4))
    except ChildFailed as error:
        print(f"{prog}: {error}", file=sys.stderr)
        return 1
    except _Ended as ended:
        return 128 + ended.number
    print(_next_steps(), file=sys.stderr)
    return status


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Runs simulated exchanges, a server and the terminal UI. Nothing leaves this machine.",
        epilog=f"The screen appears after about {READY_SECONDS} s. When the demo ends, all its processes end.",
        allow_abbrev=False,
    )
    parser.add_argument("--headless", action="store_true", help="print a few consolidated books and exit")
    parser.add_argument(
        "--pair", action="append", metavar="BASE/QUOTE", help="a market; repeat the flag for more markets"
    )
    parser.add_argument("--port", type=int, default=0, help="the server's port (default: a free one)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the generated market (default: 1)")
    parser.add_argument(
        "--uncoupled", action="store_true", help="let the venues' prices differ, so that they often cross"
    )
    # make does not hand a kill -9 on: the demo of a make that is gone ends by itself.
    parser.add_argument("--end-with-parent", action="store_true", help=argparse.SUPPRESS)
    return parser


def _demo(flags: argparse.Namespace, progress: Progress) -> int:
    progress.say(
        "onebook demo: simulated exchanges, a server and "
        + ("a few books of it as text" if flags.headless else "the terminal UI")
        + f", all on this machine. Ready in about {READY_SECONDS} s."
    )
    pairs = flags.pair or ["BTC/USDT"]
    # The recorder may still write into the folder of a server that had to be killed.
    folder = tempfile.TemporaryDirectory(prefix="onebook-demo-", ignore_cleanup_errors=True)
    with folder as name, Children(Lifeline()) as children:
        config, port = Path(name) / "sim.toml", flags.port or _free_port()
        _start_simulators(children, config, pairs, flags, progress)
        with progress.step("server") as step:
            data, history = Path(name) / "data", Path(name) / "history"
            kept = ["--data", str(data), "--history", str(history)]
            page = _free_port() if find_spec(PAGE) is not None else 0
            more = [*kept, "--http", str(page)] if page else kept
            words = ["serve", "--config", str(config), "--port", str(port), *more, "--log-json"]
            server = children.start(words, Path(name) / "server.log")
            _wait_until_open(server, port)
            step.done(f"127.0.0.1:{port}")
        if page:
            progress.say(f"       a page with the book, charts and trades: http://localhost:{page}/")
        progress.say(f"       all messages are recorded into {data} until the demo ends,")
        progress.say(f"       and trades, candles and books are kept in {history}")
        _wait_for_books(server, port, pairs, progress)
        with progress.step("books as text" if flags.headless else "screen") as step:
            step.done("" if flags.headless else "? lists its keys, q quits")
        watch = ["watch", "--server", f"127.0.0.1:{port}"]
        return children.foreground([*watch, "--plain", "--count", str(HEADLESS_BOOKS)] if flags.headless else watch)


def _start_simulators(
    children: Children, config: Path, pairs: Sequence[str], flags: argparse.Namespace, progress: Progress
) -> None:
    words = [word for pair in pairs for word in ("--pair", pair)]
    with progress.step("simulated exchanges") as step:
        simulator = children.start(
            ["sim", *words, "--seed", str(flags.seed), "--write-config", str(config), "--json"]
            + (["--uncoupled"] if flags.uncoupled else []),
            config.with_name("simulator.log"),
        )
        simulator.wait_for(lambda: config.exists() and config.stat().st_size > 0, START_LIMIT)
        venues = config.read_text(encoding="utf-8").count("[venues.")
        step.done(f"{venues} of them, {', '.join(pairs)}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_open(server: Child, port: int) -> None:
    def is_open() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    server.wait_for(is_open, START_LIMIT)


def _wait_for_books(server: Child, port: int, pairs: Sequence[str], progress: Progress) -> None:
    """Until every venue is live or had its time: the first screen should not be empty."""
    client = load("client")
    live = total = 0
    settled = time.monotonic() + SETTLE

    def ready() -> bool:
        nonlocal live, total
        try:
            states = [state for pair in pairs for state in reader.venue_status(pair).venues]
        except client.OnebookError:
            return False  # not yet: the child's own end, or the limit, ends the wait
        live, total = sum(state.live for state in states), len(states)
        step.now(f"{live} of {total} live")
        return bool(total) and (live == total or (live > 0 and time.monotonic() > settled))

    with progress.step("order books") as step, client.Client(f"127.0.0.1:{port}") as reader:
        server.wait_for(ready, START_LIMIT)
        step.done(f"{live} of {total} live")


class _Ended(BaseException):
    """A signal asked the demo to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def _signals_unwind() -> Iterator[None]:
    """SIGTERM, SIGHUP and Ctrl-C unwind, so that children end in order and the folder goes."""

    def end(number: int, _frame: FrameType | None) -> None:
        for each in _ENDING_SIGNALS:
            signal.signal(each, signal.SIG_IGN)  # the first one is enough: a second must not cut the ending short
        raise _Ended(number)

    before = {number: signal.signal(number, end) for number in _ENDING_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end_with(parent: int) -> None:
    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()


def _next_steps() -> str:
    onebook = load("client.start_command").onebook_command()
    lines = [
        "",
        "The demo has ended, and nothing of it is left running. Next:",
        "  real exchanges   in one terminal      " + f"{onebook} serve --pair BTC/USDT",
        "                   in another terminal  " + f"{onebook} watch",
        "  a bad day        faults to choose     " + f"{onebook} sim --help",
    ]
    example = Path("examples/ten_lines.py")
    if example.exists():
        python = load("client.start_command").near(Path(sys.executable))
        lines.insert(4, "  your program     while it serves      " + f"{python} {example}")
    return "\n".join(lines)
