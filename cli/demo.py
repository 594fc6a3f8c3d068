"""`onebook demo`: simulated exchanges, a server on them, and the terminal UI, as three processes of this machine."""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from . import _HOME

START_LIMIT = 60.0
SETTLE = 8.0
HEADLESS_BOOKS = 5


def main(argv: Sequence[str] | None = None, prog: str = "onebook demo") -> int:
    """Runs the demo until the user quits; with --headless prints a few books and ends."""
    flags = _parser(prog).parse_args(argv)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="onebook-demo-")))
        config, log = folder / "sim.toml", folder / "server.log"
        try:
            pairs = [word for pair in flags.pair or ["BTC/USDT"] for word in ("--pair", pair)]
            simulator = ["sim", *pairs, "--seed", str(flags.seed), "--write-config", str(config), "--json"]
            stack.enter_context(_process(simulator, folder / "simulator.log"))
            _wait_for(lambda: config.exists() and config.stat().st_size > 0, folder / "simulator.log")
            server = ["serve", "--config", str(config), "--port", str(flags.port), "--log-json"]
            stack.enter_context(_process(server, log))
            _wait_for(lambda: _live(log) > 0, log)
            _settle(log)
        except _Failed as error:
            print(f"{prog}: {error}", file=sys.stderr)
            return 1
        watch = ["watch", "--server", _address(log)]
        if flags.headless:
            watch += ["--plain", "--count", str(HEADLESS_BOOKS)]
        return _foreground(watch)


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Runs simulated exchanges, a server and the terminal UI. Nothing leaves this machine.",
        allow_abbrev=False,
    )
    parser.add_argument("--headless", action="store_true", help="print a few consolidated books and exit")
    parser.add_argument("--pair", action="append", metavar="BASE/QUOTE", help="repeat it for several")
    parser.add_argument("--port", type=int, default=0, help="the server's port (default: a free one)")
    parser.add_argument("--seed", type=int, default=1, help="of the generated market (default: 1)")
    return parser


class _Failed(Exception):
    """A part of the demo did not start."""


def _command(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", f"{_HOME}.cli" if _HOME else "cli", *arguments]


@contextmanager
def _process(arguments: Sequence[str], log: Path) -> Iterator[None]:
    """A background process with its output in a file; it is asked to stop at the end."""
    with log.open("wb") as output:
        # A group of its own: Ctrl-C goes to the terminal UI, which ends; then we end the others in order.
        process = subprocess.Popen(
            _command(arguments),
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(10.0)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_for(condition: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + START_LIMIT
    while not condition():
        if time.monotonic() > deadline or "Traceback" in log.read_text(errors="replace"):
            raise _Failed(f"a part did not start; it said:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.05)


def _address(log: Path) -> str:
    """Where the server listens, from its log."""
    for line in log.read_text(errors="replace").splitlines():
        try:
            message = json.loads(line)["message"]
        except (ValueError, KeyError, TypeError):
            continue
        if message.startswith("onebook serves"):
            return str(message.split(" on ", 1)[1].split(",")[0])
    return ""


def _live(log: Path) -> int:
    """How many books the server has proved; the first screen should not be empty."""
    return log.read_text(errors="replace").count("is live") if _address(log) else 0


def _settle(log: Path) -> None:
    """Gives the slower venues a moment: their snapshots come from a cache, as at the real ones."""
    until = time.monotonic() + SETTLE
    while time.monotonic() < until and _live(log) < log.read_text(errors="replace").count("listed as"):
        time.sleep(0.05)


def _foreground(arguments: Sequence[str]) -> int:
    """The part that the user sees; it gets Ctrl-C itself."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process = subprocess.Popen(_command(arguments), preexec_fn=_default_interrupt)
        return process.wait()
    finally:
        signal.signal(signal.SIGINT, before)


def _default_interrupt() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
