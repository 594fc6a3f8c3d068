"""The server's command line."""

from __future__ import annotations

import argparse
import itertools
import logging
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from .addresses import redacted
from .config import Config, build
from .config_errors import Collector, ConfigErrors
from .config_source import Origins, read_file
from .config_venues import venue_name, venue_names
from .errors import ConfigError
from .logs import JsonFormatter, about
from .venues import DEFAULT_VENUES, VENUES

log = logging.getLogger(__name__)

_Group = argparse._ArgumentGroup  # noqa: SLF001 (it has no public name)
_SAYS_JSON = re.compile(r"^\s*log_json\s*=\s*true\b", re.MULTILINE)
_FIRST, _SECOND = DEFAULT_VENUES[0], DEFAULT_VENUES[-1]
_MIRRORED = next(name for name, venue in VENUES.items() if len(venue.ENDPOINTS) > 1)
_MIRROR = list(VENUES[_MIRRORED].ENDPOINTS)[1]
_FOR_ALL = ("proxy", "book")
_FLAGS = {"pairs": "--pair", "use_venues": "--venues", "http_port": "--http"}
"""Flags that are not called as their settings are."""
EPILOG = f"""examples:
  server.py --base BTC --quote USDT --levels 10
  server.py --pair BTC/USDT --pair ETH/USDT --venues {_FIRST},{_SECOND} --dust 0.001
  server.py --config onebook.toml        flags override the file
  if the default address answers 451:
  server.py --pair BTC/USDT --endpoint {_MIRRORED}={_MIRROR}
"""


class OneLineParser(argparse.ArgumentParser):
    """A parser whose errors are one line and exit status 2."""

    def error(self, message: str) -> NoReturn:
        refuse(self.prog, f"{redacted(message)} (--help shows the options)")
        self.exit(2)


def refuse(prog: str, words: str) -> None:
    """Prints why the program ends: in one line, as JSON if the log is JSON."""
    handlers = logging.getLogger().handlers
    if any(isinstance(handler.formatter, JsonFormatter) for handler in handlers):
        log.critical("%s: %s", prog, words, extra=about("refused"))
    else:
        print(f"{prog}: {words}", file=sys.stderr)


def wants_json(argv: Sequence[str] | None) -> bool:
    """Whether the log is to be JSON, as far as that can be seen before the settings are checked."""
    words = list(sys.argv[1:] if argv is None else argv)
    if "--log-json" in words:
        return True
    files = [after for word, after in itertools.pairwise(words) if word == "--config"]
    files += [word.partition("=")[2] for word in words if word.startswith("--config=")]
    try:
        return any(_SAYS_JSON.search(Path(file).read_text(encoding="utf-8")) for file in files)
    except (OSError, ValueError):
        return False  # It is said when the file is read for good.


def parser(prog: str) -> argparse.ArgumentParser:
    """All options. Absent ones stay out of the result, so that a config file can speak."""
    options = empty_parser(
        prog,
        "Keeps the order books of pairs on many exchanges, merges them, and streams the\nresult over gRPC.",
        EPILOG,
    )
    _add_what(options.add_argument_group("what"))
    _add_where(options.add_argument_group("where"))
    data = options.add_argument_group("recording")
    data.add_argument(
        "--data", metavar="DIR", help="record all raw messages of all exchanges into this folder (docs/recording.md)"
    )
    add_recording(data)
    _add_history(options.add_argument_group("history"))
    files = options.add_argument_group("files")
    files.add_argument(
        "--csv", metavar="DIR", help="append every trade to CSV files of this folder, and write candles into CSV files "
        "there at the end and on SIGTSTP (docs/csv.md)",
    )  # fmt: skip
    _add_kafka(options.add_argument_group("Kafka"))
    _add_how(options.add_argument_group("how"))
    return options


def recording_parser(prog: str) -> argparse.ArgumentParser:
    """The options of `onebook record`: those of the server without a port."""
    options = empty_parser(
        prog,
        "Records all raw messages of many exchanges into a folder; serves nothing.",
        "With --kafka HOST:PORT it records topics of Kafka into a history instead:\nsee onebook record --kafka --help.",
    )
    options.add_argument("data", metavar="DIR", help="the folder; it is made if it is missing")
    _add_what(options.add_argument_group("what"))
    _add_exchanges(options.add_argument_group("where"))
    add_recording(options.add_argument_group("recording"))
    how = options.add_argument_group("how")
    _add_book(how)
    _add_log(how)
    return options


def empty_parser(prog: str, description: str, epilog: str) -> argparse.ArgumentParser:
    """A parser whose absent options stay out of the result."""
    return OneLineParser(
        prog=prog,
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )


def _add_what(what: _Group) -> None:
    what.add_argument("--base", "--base_asset", metavar="BTC", help="base asset of the first market")
    what.add_argument("--quote", "--quote_asset", metavar="USDT", help="quote asset of the first market")
    what.add_argument(
        "--pair", action="append", dest="pairs", metavar="BASE/QUOTE", help="a market; repeat the flag for more markets"
    )
    what.add_argument(
        "--venues", dest="use_venues", metavar="A,B", help="exchanges to read (default: all spot exchanges)"
    )
    what.add_argument("--levels", type=int, metavar="N", help="levels per side of the default book (default: 10)")
    what.add_argument(
        "--dust",
        "--dust_amount",
        metavar="SIZE",
        help="hide levels of the default book whose size is not above SIZE, in base units (default: 0)",
    )
    what.add_argument(
        "--book-levels", type=int, metavar="N", help="levels per side to keep of each venue's book (default: 1000)"
    )


def _add_where(where: _Group) -> None:
    _add_exchanges(where)
    where.add_argument(
        "--host",
        metavar="ADDR",
        help="address to listen on, or unix:/PATH, a socket for programs of this user (default: localhost, which is "
        "127.0.0.1 and ::1)",
    )
    where.add_argument("--port", type=int, metavar="PORT", help="gRPC port; 0 takes a free port (default: 50052)")
    where.add_argument(
        "--http",
        dest="http_port",
        type=int,
        metavar="PORT",
        help="serve metrics, health, calls and streams over HTTP, too (docs/http.md); 0 takes a free port (default: no "
        "HTTP)",
    )
    where.add_argument("--http-host", metavar="ADDR", help="address of that port (default: localhost)")
    where.add_argument(
        "--http-processes",
        type=int,
        metavar="N",
        help="1 serves that port in a process of its own, so that its readers cost the feeds and gRPC next to nothing "
        "(default: 0, a thread of this process serves)",
    )
    where.add_argument("--tls-cert", metavar="PEM", help="certificate; with --tls-key the port speaks TLS")
    where.add_argument("--tls-key", metavar="PEM", help="the certificate's key")
    where.add_argument("--tls-client-ca", metavar="PEM", help="accept only clients with certificates of this authority")
    where.add_argument(
        "--tokens",
        metavar="FILE",
        help="clients need a token of this file (onebook token new); SIGHUP reads the file again",
    )


def _add_exchanges(where: _Group) -> None:
    where.add_argument("--config", type=Path, metavar="FILE", help="settings in TOML; flags override them")
    where.add_argument(
        "--endpoint",
        action="append",
        metavar="VENUE=NAME|WS,REST",
        help=f"addresses of a venue: a known name ({_MIRRORED}={_MIRROR}) or ws://...,http://...",
    )
    where.add_argument("--proxy", metavar="URL", help="proxy for all exchange connections")


def add_recording(data: _Group) -> None:
    """What a recording needs beside its folder."""
    data.add_argument(
        "--data-ring-mb", type=int, metavar="MB", help="messages that may wait for the recorder (default: 64)"
    )
    data.add_argument(
        "--keep-days", type=float, metavar="DAYS", help="remove what is older (default: 0, nothing is removed)"
    )
    data.add_argument(
        "--keep-gb", type=float, metavar="GB", help="remove the oldest when there is more (default: 0, as above)"
    )


def _add_history(history: _Group) -> None:
    history.add_argument(
        "--history", metavar="DIR", help="keep trades, candles, prices and books of each day in this folder, and serve "
        "them (docs/history.md)",
    )  # fmt: skip
    history.add_argument(
        "--sql", metavar="URL", help="write the rows of --history into this database too (docs/sql.md)"
    )
    history.add_argument(
        "--history-days", type=int, metavar="N", help="keep so many days before today (default: 0, all)"
    )
    history.add_argument(
        "--history-gb",
        type=float,
        metavar="GB",
        help="remove the oldest days if there is more (default: 0, as above)",
    )


def _add_kafka(kafka: _Group) -> None:
    kafka.add_argument(
        "--kafka", metavar="HOST:PORT,...", help="send books, trades, candles and prices to these brokers "
        "(docs/kafka.md)",
    )  # fmt: skip
    kafka.add_argument(
        "--edge",
        action="store_true",
        help="read no exchange: serve what ingesters send to these brokers; without --pair all their markets",
    )
    kafka.add_argument(
        "--ingest-only",
        action="store_true",
        help="serve no clients: only send to these brokers, and take commands from this machine",
    )
    kafka.add_argument("--shard", metavar="N/M", help="read only the Nth of M shares of the pairs, with --ingest-only")


def _add_how(how: _Group) -> None:
    _add_book(how)
    how.add_argument("--max-streams", type=int, metavar="N", help="maximum number of open streams (default: 1000)")
    how.add_argument(
        "--max-connection-age",
        type=float,
        metavar="SECONDS",
        help="clients connect anew after so long, as behind a load balancer (default: 0, never)",
    )
    control = how.add_mutually_exclusive_group()
    control.add_argument(
        "--control",
        action="store_true",
        help="take commands from this user's programs, and with tokens that have the right control "
        "(default: on loopback addresses, and with --tokens)",
    )
    control.add_argument("--no-control", dest="control", action="store_false", help="take no commands")
    how.add_argument(
        "--transport",
        metavar="NAME",
        help="what speaks gRPC: native (nghttp2, a thread without the interpreter), grpcio, or auto, which is native "
        "where it was built and has what is asked for (default: auto)",
    )
    how.add_argument(
        "--serve-processes",
        type=int,
        metavar="N",
        help="serve in N processes beside this one, with transport native, on Linux: many streams then use more cores "
        "than one (default: 0, a thread of this process serves)",
    )
    how.add_argument(
        "--shm",
        metavar="NAME",
        help="books in shared memory too, for programs of this machine: /dev/shm/onebook-NAME (docs/shm.md)",
    )
    how.add_argument("--channelz", action="store_true", help="serve gRPC channelz, for debugging connections")
    how.add_argument(
        "--no-reflection", dest="reflection", action="store_false", help="do not list the server's calls to clients"
    )
    _add_log(how)


def _add_book(how: _Group) -> None:
    how.add_argument(
        "--book",
        metavar="diff|partial",
        help="keep books from changes, or from partial snapshots (at venues that have them)",
    )


def _add_log(how: _Group) -> None:
    how.add_argument("--log-level", metavar="LEVEL", help="debug, info, warning or error (default: info)")
    how.add_argument("--log-json", action="store_true", help="log one JSON object per line")


@dataclass
class Given:
    """Settings with the keys of a config file, where each comes from, and flags that could not be applied."""

    settings: dict[str, Any]
    origins: Origins
    errors: list[ConfigError] = field(default_factory=list)

    def build(self) -> Config:
        """The checked configuration. Raises ConfigErrors, each with its place, in the order of the file."""
        found = Collector(self.errors)
        config = found.attempt((), lambda: build(self.settings))
        # Half a pair was given: that there is none at all needs no word of its own.
        half = bool(self.errors) and "pairs" not in self.settings
        errors = [error for error in found.errors if not (half and error.at == ("pairs",))]
        if errors or config is None:
            raise ConfigErrors([self.origins.named(error) for error in sorted(errors, key=self.origins.order)])
        return config


def read(argv: Sequence[str] | None, prog: str) -> Config:
    """The configuration of this command line. Raises ConfigError; exits on --help and unknown options."""
    return given(argv, prog).build()


def given(
    argv: Sequence[str] | None, prog: str, make_parser: Callable[[str], argparse.ArgumentParser] = parser
) -> Given:
    """The same before it is checked. Raises ConfigError for a file that cannot be read; exits like read()."""
    flags = vars(make_parser(prog).parse_args(argv))
    base, quote = flags.pop("base", None), flags.pop("quote", None)
    errors = []
    if (base is None) != (quote is None):
        errors.append(ConfigError("--base and --quote belong together"))
    elif base is not None:
        flags["pairs"] = [f"{base}/{quote}", *flags.get("pairs", [])]
    made = read_settings(flags)
    made.errors[:0] = errors
    return made


def read_settings(flags: dict[str, Any]) -> Given:
    """Flags over the config file that they name. Raises ConfigError for a file that cannot be read."""
    settings, origins = read_file(Path(flags.pop("config"))) if "config" in flags else ({}, Origins())
    if "use_venues" in flags:
        flags["use_venues"] = [name.strip() for name in flags["use_venues"].split(",") if name.strip()]
    endpoints, for_all = flags.pop("endpoint", []), {key: flags.pop(key) for key in _FOR_ALL if key in flags}
    settings |= flags
    for key, value in flags.items():
        origins.flag((key,), _FLAGS.get(key) or f"--{'' if value is not False else 'no-'}{key.replace('_', '-')}")
    made = Given(settings, origins)
    if endpoints or for_all:
        _apply(made, endpoints, for_all)
    return made


def _apply(made: Given, endpoints: Sequence[str], for_all: Mapping[str, str]) -> None:
    """Applies flags that stand for settings of venues. A wrong table or list of venues is left to the later check."""
    found = Collector()
    for name, table in filter(None, [found.attempt((), partial(_endpoint, text)) for text in endpoints]):
        _put(made, name, table, "--endpoint")
    made.errors += found.errors
    # Where the list is wrong, that is the error instead.
    chosen = made.settings.get("use_venues", list(VENUES))
    names = Collector().attempt((), lambda: venue_names("use_venues", chosen)) or ()
    for key, value in for_all.items():
        for name in _able(names, key, value):
            _put(made, name, {key: value}, f"--{key}")


def _put(made: Given, name: str, values: Mapping[str, str], flag: str) -> None:
    tables = made.settings.setdefault("venues", {})
    table = tables.setdefault(name, {}) if isinstance(tables, dict) else None
    if isinstance(table, dict):
        table.update(values)
        for key in values:
            made.origins.flag(("venues", name, key), flag)


def _endpoint(text: str) -> tuple[str, dict[str, str]]:
    name, separator, value = text.partition("=")
    if not separator or not value:
        raise ConfigError(f"--endpoint {text!r} was not VENUE=NAME or VENUE=WS,REST")
    venue_name(name)
    ws, comma, rest = value.partition(",")
    if comma:
        return name, {"ws": ws, "rest": rest}
    if "://" in value:
        raise ConfigError(f"--endpoint {text!r} needs both addresses: VENUE=WS,REST")
    return name, {"endpoint": value}


def _able(names: Sequence[str], key: str, value: str) -> Sequence[str]:
    """The venues to which a flag for all venues applies; a kind of book applies to the venues that have it, if any
    does."""
    return [name for name in names if key != "book" or value in VENUES[name].BOOK_MODES] or names
