"""`onebook sim`: run simulated exchanges from the command line."""

import argparse
import json
import signal
import sys
import textwrap
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from .config import ConfigError, SimulatorConfig
from .faults import KINDS, Fault, FaultError, load_faults, parse_duration, parse_fault
from .server import Simulator, reachable
from .venues import DEFAULT_VENUES, VENUES

_ABOUT_COLUMN = 18
"""Where the meanings of faults and options begin in the help."""


class _Parser(argparse.ArgumentParser):
    """One line on stderr and exit status 2 for bad usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def build_parser() -> argparse.ArgumentParser:
    """The command line of `onebook sim`."""
    example = f"{next(iter(VENUES))}:drop@5s:every=20,for=10s"
    kinds = "\n".join(_row(name, kind.about) for name, kind in KINDS.items())
    parser = _Parser(
        prog="onebook sim",
        description="Run simulated exchanges: real websocket and REST servers on loopback.",
        epilog=f"faults, as VENUE:KIND[@AT][:key=value,...], e.g.\n  {example}\n{kinds}\n\noptions:\n{_options()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--venues", "--venue", default=None, metavar="A,B", help=_venues_help())
    add("--option", action="append", default=[], metavar="VENUE:NAME", help="an option of a venue, listed below")
    add(
        "--pair",
        action="append",
        metavar="BASE/QUOTE",
        help="a market; repeat the flag for more markets (default BTC/USDT)",
    )
    add("--price", action="append", default=[], metavar="BASE/QUOTE=PRICE", help="start price of a pair")
    add("--seed", type=int, default=1, help="seed of the market: the same seed gives the same market (default 1)")
    add("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    add("--port", type=int, default=0, help="first port; each venue takes one port; 0 picks free ports")
    add(
        "--control-port",
        type=int,
        default=None,
        metavar="N",
        help="port that takes faults and shows the true books; 0 picks a free port",
    )
    add("--speed", type=float, default=1.0, help="factor of the pace (default 1)")
    add("--rate", type=float, default=10.0, metavar="N", help="market steps per second (default 10)")
    add(
        "--fault",
        action="append",
        default=[],
        metavar="SPEC",
        help="a fault, as described below; repeat the flag for more faults",
    )
    add("--faults", metavar="FILE", help="TOML file with [[fault]] tables")
    add(
        "--capture",
        metavar="FILE",
        help="replay a recording (its folder, or one segment) or a .jsonl.gz capture; needs one venue",
    )
    add(
        "--max-age",
        metavar="TIME",
        help="cut websocket connections of this age, such as 24h (default: as the venue does)",
    )
    add("--ping-period", metavar="TIME", help="period of the server's pings (default: as the venue does)")
    add("--uncoupled", action="store_true", help="let the venues' prices differ, so that they cross most of the time")
    add("--manual", action="store_true", help="move the market only by /step on the control port")
    add("--write-config", metavar="FILE", help="write a config file for `onebook serve`")
    add("--seconds", type=float, default=None, metavar="N", help="stop after N seconds")
    add("--json", action="store_true", help="print one JSON line instead of text")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run until Ctrl-C, SIGTERM or --seconds. Returns the exit status: 0, 1 when a port is taken, 2 on bad usage."""
    args = build_parser().parse_args(argv)
    try:
        simulator = Simulator(config_of(args))
    except (ConfigError, FaultError) as error:
        print(f"onebook sim: {error}", file=sys.stderr)
        return 2
    try:
        simulator.start()
    except OSError as error:
        print(f"onebook sim: cannot listen: {error}", file=sys.stderr)
        return 1
    try:
        if args.write_config is not None:
            Path(args.write_config).write_text(server_config(simulator), encoding="utf-8")
        _announce(simulator, args.json)
        _wait(args.seconds)
    except OSError as error:
        print(f"onebook sim: cannot write {args.write_config}: {error.strerror}", file=sys.stderr)
        return 1
    finally:
        simulator.stop()
    return 0


def config_of(args: argparse.Namespace) -> SimulatorConfig:
    """The configuration a command line means. Raises ConfigError or FaultError."""
    venues = DEFAULT_VENUES if args.venues is None else tuple(filter(None, args.venues.split(",")))
    faults: list[Fault] = [parse_fault(spec) for spec in args.fault]
    faults += load_faults(args.faults) if args.faults else []
    if args.capture is not None and len(venues) != 1:
        raise ConfigError("--capture needs exactly one venue: --venue NAME")
    for port in (args.port, args.control_port or 0):
        if not 0 <= port <= 65535 - len(venues):
            raise ConfigError(f"no such port: {port}")
    return SimulatorConfig(
        venues=venues, pairs=args.pair or ["BTC/USDT"], seed=args.seed, host=args.host, port=args.port,
        control_port=args.control_port, speed=args.speed, rate=args.rate, manual=args.manual,
        coupled=not args.uncoupled,
        prices=dict(map(_price, args.price)), faults=faults, capture=args.capture,
        options=_chosen(args.option), max_age=_seconds(args.max_age), ping_period=_seconds(args.ping_period),
    )  # fmt: skip


_FEE = 'taker_fee = "0.001"  # of the notional, for quotes: what most exchanges take from a new customer'


def server_config(simulator: Simulator) -> str:
    """The TOML config with which the server connects to this simulator."""
    pairs = ", ".join(f'"{pair}"' for pair in simulator.pairs)
    venues = ", ".join(f'"{name}"' for name in simulator.endpoints)
    lines = [f"pairs = [{pairs}]", f"use_venues = [{venues}]", "port = 50052", "levels = 10", 'dust = "0"',
             'log_level = "info"']  # fmt: skip
    for name, address in simulator.endpoints.items():
        lines += ["", f"[venues.{name}]", f'ws = "{address.ws}"', f'rest = "{address.rest}"', _FEE]
    return "\n".join(lines) + "\n"


def _announce(simulator: Simulator, as_json: bool) -> None:
    control = simulator.control
    where = None if control is None else f"http://{reachable(simulator.config.host)}:{control.port}"
    if as_json:
        venues = {name: {"ws": a.ws, "rest": a.rest} for name, a in simulator.endpoints.items()}
        print(json.dumps({"venues": venues, "pairs": [str(p) for p in simulator.pairs], "control": where}), flush=True)
        return
    for name, address in simulator.endpoints.items():
        symbols = " ".join(simulator.hosts[name].exchange.instruments) or "(none of the pairs)"
        print(f"{name}: ws {address.ws}  rest {address.rest}  {symbols}", flush=True)
    if where is not None:
        print(f"control: {where}/state", flush=True)


def _wait(seconds: float | None) -> None:
    """Wait for a signal or the end of the time."""
    done = threading.Event()
    if threading.current_thread() is not threading.main_thread():  # only the main thread may take signals
        done.wait(seconds)
        return
    previous = {number: signal.signal(number, lambda *_: done.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        done.wait(seconds)
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _price(text: str) -> tuple[str, float]:
    pair, _, price = text.partition("=")
    try:
        return pair.upper(), float(price)
    except ValueError:
        raise ConfigError(f"a price is written BASE/QUOTE=PRICE, for example BTC/USDT=65000; given {text!r}") from None


def _chosen(options: list[str]) -> dict[str, dict[str, str]]:
    chosen: dict[str, dict[str, str]] = {}
    for text in options:
        venue, colon, rest = text.partition(":")
        name, _, value = rest.partition("=")
        if not (venue and colon and name):
            raise ConfigError(f"an option is written VENUE:NAME[=VALUE]; given {text!r}")
        chosen.setdefault(venue, {})[name] = value
    return chosen


def _options() -> str:
    """What `--option` takes, one line per option."""
    known = {name: make([], 1).options for name, make in VENUES.items()}
    return "\n".join(
        _row(f"{venue}:{name}", about) for venue, options in known.items() for name, about in options.items()
    )


def _row(name: str, about: str) -> str:
    """A name and its meaning, within a terminal of 80 columns."""
    head = f"  {name:<{_ABOUT_COLUMN - 4}}  "
    return textwrap.fill(head + about, 79, subsequent_indent=" " * _ABOUT_COLUMN, break_on_hyphens=False)


def _venues_help() -> str:
    return f"default {','.join(DEFAULT_VENUES)}; also {','.join(name for name in VENUES if name not in DEFAULT_VENUES)}"


def _seconds(text: str | None) -> float | None:
    return None if text is None else parse_duration(text)
