"""`onebook check-config`: the configuration of a server, the source of each value, and all errors.

Takes the flags of `onebook serve`. The output is TOML that gives the same configuration.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from .addresses import redacted
from .analytics.intervals import Interval
from .api.token_file import read_tokens
from .config import ANALYTICS_KEYS, KEYS, Config
from .config_errors import Collector, ConfigErrors
from .config_kafka import KAFKA_READERS, shown
from .config_source import Origins
from .errors import ConfigError
from .logs import configure
from .model import Pair
from .network.proxies import proxy_for
from .options import Given, given
from .shard import Shard
from .units import SECOND
from .venues import VENUES

PROG = "onebook check-config"
EXIT_GOOD, EXIT_WRONG = 0, 2
WIDEST = 60
"""Columns of a line before the words where its value comes from."""
_SECONDS = ("averages",)
_PROXIES = ("https_proxy", "http_proxy", "all_proxy")
_VARIABLES = {
    "ONEBOOK_TRANSPORT": "how streams are sent",
    "ONEBOOK_PURE": "books in slow Python",
    "ONEBOOK_DEBUG": "the invariants of books are checked",
}
Line = tuple[str, str]
"""TOML, and where it comes from."""


def main(argv: Sequence[str] | None = None, prog: str = PROG) -> int:
    """Prints the configuration, or every error on a line of its own; the exit status is 2 then."""
    configure("warning", as_json=False)
    try:
        found = given(argv, prog)
        config = checked(found)
    except ConfigErrors as several:
        for error in several.errors:
            print(f"{prog}: {error}", file=sys.stderr)
        return EXIT_WRONG
    except ConfigError as error:
        print(f"{prog}: {error}", file=sys.stderr)
        return EXIT_WRONG
    print("\n".join(aligned(lines(config, found))))
    return EXIT_GOOD


def checked(found: Given) -> Config:
    """The configuration, whose files and addresses were looked at, too. Raises ConfigErrors."""
    config = found.build()
    collector = Collector()
    if config.tls is not None:
        collector.attempt(("tls_cert",), config.tls.check)
    if config.tokens is not None:
        collector.attempt(("tokens",), partial(read_tokens, config.tokens))
    for name in config.venues:
        collector.attempt(_chosen_at(found, name), partial(config.of(name).addresses, VENUES[name]))
    if collector.errors:
        raise ConfigErrors([found.origins.named(error) for error in collector.errors])
    return config


def _chosen_at(found: Given, name: str) -> tuple[str | int, ...]:
    """Where a venue is chosen: in the list, else by its own table."""
    chosen = found.settings.get("use_venues", [])
    return ("use_venues", chosen.index(name)) if name in chosen else ("venues", name)


def lines(config: Config, found: Given) -> Iterator[Line]:
    """All settings of the configuration."""
    for key in KEYS:
        if key != "venues":
            yield _line((key,), _value(config, found.settings, key), found.origins, _note(config, found, key))
    for name, words in _VARIABLES.items():
        if os.environ.get(name):
            yield f"# {name}={os.environ[name]}", f"environment: {words}"
    tables = found.settings.get("venues", {})
    for name in dict.fromkeys((*config.venues, *tables)):
        yield "", ""
        yield f"[venues.{name}]", "" if name in config.venues else "not read"
        values, notes = _venue(config, name), _venue_notes(config, name)
        for key, value in values.items():
            yield _line(("venues", name, key), value, found.origins, notes.get(key, ""))


def _value(config: Config, settings: dict[str, Any], key: str) -> Any:
    """The value that counts: made from the given text, or the default."""
    if key in ("tls_cert", "tls_key", "tls_client_ca"):
        return settings.get(key)
    if key in KAFKA_READERS:
        value = settings.get(key)
        return shown(value) if key == "kafka_properties" and value else value
    if key in ("pairs", "use_venues") and config.edge and not settings.get(key):
        return None  # What is in the topics.
    if key == "use_venues":
        return list(config.venues)
    if key == "control":
        return config.takes_commands
    holder, name = (config.analytics, ANALYTICS_KEYS[key]) if key in ANALYTICS_KEYS else (config, key)
    found: Any = getattr(holder, name, settings.get(key))
    return [length / SECOND for length in found] if key in _SECONDS else found


def _note(config: Config, found: Given, key: str) -> str:
    if key == "control" and config.control is None:
        if config.tokens is not None:
            return "default: a token is needed"
        reach = "only this machine can" if config.loopback else "others can"
        return f"default: {reach} reach the port"
    if key == "use_venues" and key not in found.settings:
        return "default, and what venues' tables say"
    return ""


def _venue(config: Config, name: str) -> dict[str, Any]:
    """A venue's settings as they count: addresses, ways and fees in full."""
    settings, venue = config.of(name), VENUES[name]
    values: dict[str, Any] = {"enabled": name in config.venues}
    if settings.endpoint:
        values["endpoint"] = settings.endpoint
    if name in config.venues:
        at = settings.addresses(venue)
        values |= {"ws": redacted(at.ws), "rest": redacted(at.rest)}
    values["book"] = settings.book or next(iter(venue.BOOK_MODES), "")
    values |= {"audit": settings.audit, "checks": settings.checks, "taker_fee": settings.taker_fee}
    if settings.taker_fees:
        values["taker_fees"] = dict(settings.taker_fees)
    proxy = _proxy(config, name)
    return values | ({"proxy": proxy} if proxy else {})


def _proxy(config: Config, name: str) -> str:
    settings = config.of(name)
    found = proxy_for(settings.addresses(VENUES[name]).rest, settings.proxy) if name in config.venues else None
    return redacted(found.url) if found is not None else ""


def _venue_notes(config: Config, name: str) -> dict[str, str]:
    settings = config.of(name)
    notes = {}
    if settings.endpoint:
        notes = {key: f"endpoint {settings.endpoint}" for key in ("ws", "rest") if not getattr(settings, key)}
    if not settings.proxy and _proxy(config, name):
        variable = next((each for each in _PROXIES if os.environ.get(each) or os.environ.get(each.upper())), "")
        notes["proxy"] = f"environment {variable}".strip()
    return notes


def _line(keys: tuple[str, ...], value: Any, origins: Origins, note: str) -> Line:
    origin = note or origins.of(keys)
    name = keys[-1]
    return (f"# {name} is not set" if value is None or value == "" else f"{name} = {toml(value)}"), origin


def toml(value: Any) -> str:
    """A value as TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value == int(value) else repr(value)
    if isinstance(value, dict):
        pairs = ", ".join(f"{toml(key)} = {toml(item)}" for key, item in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml, value))}]"
    return json.dumps(_text(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Interval):
        return value.name
    if isinstance(value, Pair | Path | Shard | str):
        return str(value)
    raise TypeError(f"no setting is a {type(value).__name__}")


def aligned(rows: Iterator[Line]) -> Iterator[str]:
    """Lines with their origins below one another, as far as that needs no wide lines."""
    found = list(rows)
    width = max((len(text) for text, origin in found if origin and len(text) <= WIDEST), default=0)
    for text, origin in found:
        yield f"{text.ljust(width)}  # {origin}" if origin else text
