"""The `onebook` command: one word chooses which part of the project runs."""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import NamedTuple

from .analytics import ANALYTICS
from .extras import missing

# Checkout: this package is `cli` and its neighbours are top-level; installed: all of them live under `onebook`.
_HOME = __name__.rpartition(".")[0]


class Command(NamedTuple):
    """Where a command lives and what it is for."""

    module: str
    help: str
    first: str = ""
    """A small module whose install() comes before the slow imports of `module`."""


COMMANDS = {
    "serve": Command("server.app", "keep the books of many exchanges and stream them over gRPC", "server.early"),
    "record": Command("server.record", "record all raw messages of exchanges into a folder", "server.early"),
    "recording": Command("cli.recording", "list, verify and repair recordings, import captures"),
    "watch": Command("client.cli", "show the consolidated book in the terminal, or as JSON lines"),
    **{name: Command(*command) for name, command in ANALYTICS.items()},
    "past": Command("client.past_cli", "print trades, books, prices and states that a server has kept"),
    "probe": Command("client.probe_cli", "tell by exit status if a server is ready, for health checks"),
    "control": Command("client.control_cli", "tell a running server to resync, reconnect, pause, add or remove"),
    "check-config": Command("server.check_config", "print a server's configuration, and the source of each setting"),
    "token": Command("server.token_cli", "make tokens for clients of a server, and list them"),
    "check": Command("server.check", "ask every exchange whether it lists a pair"),
    "sim": Command("simulator.cli", "run simulated exchanges on this machine, with faults on request"),
    "replay": Command("server.replay.command", "play a recording, and serve it as a live server would", "server.early"),
    "report": Command(
        "server.report.report_command", "make a page of a recording: gaps, coverage, latencies, losses", "server.early"
    ),
    "export": Command(
        "server.export.command", "write a recording or a history as files of other tools", "server.early"
    ),
    "sql": Command("server.sql.command", "prepare a database of PostgreSQL or MariaDB for the history"),
    "consume": Command("server.kafka.consume", "print the records of a topic of Kafka"),
    "compare": Command("client.compare_cli", "tell whether two servers, or a server and a replay, agree"),
    "demo": Command("cli.demo", "run a simulator, a server and the screen; no network needed"),
}
INTERRUPTED = 130
"""The exit status of shells for a program that Ctrl-C has ended."""
MISSING = 2
"""The exit status where a part of the project is not installed."""
ALIASES = {"server": "serve"}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command. The exit status is the command's; 2 for a command that there is not."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(usage())
        return 0
    if arguments[0] == "--version":
        print(version())
        return 0
    name = ALIASES.get(arguments[0], arguments[0])
    if name not in COMMANDS:
        print(f"onebook: there is no command {arguments[0]!r}; there are {', '.join(COMMANDS)}", file=sys.stderr)
        return 2
    command = COMMANDS[name]
    try:
        if command.first:
            load(command.first).install()
        status: int = load(command.module).main(arguments[1:])
    except ModuleNotFoundError as error:
        print(f"onebook {name}: {missing(error, command.module.partition('.')[0])}", file=sys.stderr)
        return MISSING
    except KeyboardInterrupt:
        # While it was imported, or where a command has nothing to clean up.
        return INTERRUPTED
    return status


def load(module: str) -> ModuleType:
    """The module of a command, in the checkout or installed.

    The garbage collector rests meanwhile, and never looks through what has been imported: it stays until the end.
    """
    gc.disable()
    try:
        return importlib.import_module(f"{_HOME}.{module}" if _HOME else module)
    finally:
        gc.freeze()
        gc.enable()


def usage() -> str:
    """The list of commands."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name.ljust(width)}  {command.help}" for name, command in COMMANDS.items()]
    return "\n".join(
        [
            "usage: onebook COMMAND [options]",
            "",
            *lines,
            "",
            "onebook COMMAND --help describes the options of a command.",
        ]
    )


def version() -> str:
    """The installed version, or that this is a checkout."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return f"onebook {installed('onebook')}"
    except PackageNotFoundError:
        return "onebook (a checkout that is not installed)"
