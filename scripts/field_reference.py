"""Writes the field reference of docs/client.md from the client's classes: name, meaning, unit and example of each.

    PYTHONPATH=.:proto python scripts/field_reference.py            # writes
    PYTHONPATH=.:proto python scripts/field_reference.py --check    # exit status 1 where the text is another

Meanings are the docstrings of the fields. What has none there is said in `MEANINGS`, once for all classes.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

import client
from scripts.generate_client import groups

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "client.md"
BEGIN, END = "<!-- fields: begin -->", "<!-- fields: end -->"
PARTS = ("Level", "VenueQuality", "Header", "PriceAverage", "Conversion")
"""What messages of several calls are made of."""
OTHERS = ("CommandedBook", "Connected", "Reconnecting", "Resumed")
MESSAGES = tuple(name for group in groups() for name in group.messages)
OBJECTS = (*(name for name in MESSAGES if dataclasses.is_dataclass(getattr(client, name))), *PARTS, *OTHERS)
ENUMS = ("VenueState", "TradesState", "Side", *(name for name in MESSAGES if name not in OBJECTS))

MEANINGS = {
    "header": "When and in which order the server published the message.",
    "market": "BASE/QUOTE.",
    "venue": "Name of the venue.",
    "venues": "One entry per venue: how far its numbers can be trusted.",
    "bids": "Bid levels, the highest price first.",
    "asks": "Ask levels, the lowest price first.",
    "proved_ask_levels": "The same for `asks`.",
    "best_bid": "The highest bid; None while there is no bid.",
    "best_ask": "The lowest ask; None while there is no ask.",
    "spread": "Best ask less best bid; negative where venues cross; None while a side is empty.",
    "mid": "(best bid + best ask) / 2, exact; None while a side is empty.",
    "ask_vwap": "The same for asks.",
    "bid_levels_used": "Number of bid levels in `bid_vwap`: fewer than requested in a short book.",
    "ask_levels_used": "The same for `ask_vwap`.",
    "state": "State of the venue's book of this market.",
    "gaps": "Number of times that an update was missing.",
    "checksums_verified": "Number of the venue's checksums that matched the server's book.",
    "checksum_failures": "Number of the venue's checksums that did not match.",
    "bid_levels": "Number of bid levels that the server keeps.",
    "ask_levels": "Number of ask levels that the server keeps.",
    "audit_ask_match_ppm": "The same for asks.",
    "trades_state": "Whether the venue's trades arrive.",
    "trade_id": "The venue's id of the trade.",
    "price": "Price of the trade.",
    "size": "Amount.",
    "exchange_time_nanos": "The venue's time of the trade.",
    "receive_time_nanos": "When the server received the trade.",
    "start_time_nanos": "Start of the window.",
    "samples": "Values in the window.",
    "volume": "Amount traded in the window.",
    "quote_volume": "The same in the quote currency.",
    "last_trade_time_nanos": "The venue's time of the newest trade in the window.",
    "last_trade_id": "The venue's id of the newest trade in the window.",
    "open_time_nanos": "Start of the interval.",
    "high": "The highest price, or the difference of the two.",
    "low": "The lowest price, or the difference of the two.",
    "close": "Price of the last trade, or the difference of the two.",
    "source": "Where the numbers come from.",
    "listed": "The venue has the pair.",
    "symbol": "The venue's own name of the pair.",
    "name": "Name.",
    "base": "The asset that is traded.",
    "quote": "The currency of the prices.",
    "listings": "One entry per venue that the server reads.",
    "title": "Name for people.",
    "live_markets": "Markets whose book of this venue is live.",
    "websocket_url": "Address for websockets.",
    "rest_url": "Address for requests.",
    "stream": 'Which stream, such as "book BTC/USDT".',
}  # fmt: skip
_STATES = {"Candle": "How far the candle can be trusted.", "CommandedBook": "State of the book after the command."}

UNITS = (
    (r"(age|window|clock_offset|clock_uncertainty)_nanos", "nanoseconds"),
    (r"\w+_nanos|epoch", "nanoseconds since 1970 UTC"),
    (r"age|window|delay", "seconds"),
    (r"\w+_ppm", "millionths"),
    (r"coverage", "share, 0 to 1"),
    (r"\w*basis_points", "basis points"),
    (r"notional|quote_volume|fees?", "quote currency"),
    (r"((bid|ask)_)?size|((buy|sell|unknown)_)?volume|volume_delta|value|open_interest|best_level|integrated",
     "base currency"),
    (r"imbalance", "share, -1 to 1"),
    (r"price|spread|mid|\w*vwap|\w+_price|microprice|open|high|low|close|lowest_complete_bid|highest_complete_ask"
     r"|time_weighted|sample_mean|vwap_price", "quote currency per base"),
    (r"bid|ask", "market's quote currency per other"),
    (r"tick_size", "quote currency per base, text"),
    (r"lot_size", "base currency, text"),
)  # fmt: skip

EXAMPLES = {
    "epoch": "1795000020000000000", "sequence": "7", "trade_id": "4815162342", "last_trade_id": "4815162342",
    "after_trade_id": "7041", "before_trade_id": "7045", "market": "BTC/USDT", "name": "BTC/USDT", "base": "BTC",
    "quote": "USDT", "venue": "kraken", "price": "61837.63", "size": "0.12000000", "spread": "0.03", "mid": "61837.645",
    "interval": "1m", "detail": "gap: expected 8, received 10", "quote_currency": "USDC", "rate_market": "USDC/USDT",
    "reason": "connection refused", "symbol": "BTCUSDT", "tick_size": "0.01", "lot_size": "0.00001",
    "status": "TRADING", "suggestion": "BTC/USD", "title": "Kraken",
    "websocket_url": "wss://ws.kraken.com/v2", "stream": "book BTC/USDT",
    "rest_url": "https://api.kraken.com", "age_nanos": "12000000", "age": "0.012", "window_nanos": "30000000000",
    "window": "30.0", "clock_offset_nanos": "-350000", "clock_uncertainty_nanos": "900000", "coverage_ppm": "985000",
    "coverage": "0.985", "audit_bid_match_ppm": "1000000", "audit_ask_match_ppm": "999000", "delay": "1.5",
    "bid_levels": "1000", "ask_levels": "998", "vwap_levels": "20", "bid_levels_used": "20", "ask_levels_used": "20",
    "proved_bid_levels": "10", "proved_ask_levels": "10", "venue_sequence": "50093001234", "trades": "321",
    "volume": "12.50000000", "quote_volume": "772962.5", "notional": "15459.41", "fees": "15.46", "fee": "15.46",
    "fee_basis_points": "10.0000", "slippage_basis_points": "0.4002", "spread_basis_points": "0.0049",
    "value": "1250.5", "bid_size": "12.5", "ask_size": "7.5", "imbalance": "0.250000000", "best_level": "-1.5",
    "by_level": '(Decimal("-1.5"), Decimal("0.25"))', "integrated": "-1.25", "buy_volume": "2.5", "sell_volume": "0.75",
    "unknown_volume": "0", "volume_delta": "1.75",
    "open_interest": "1250.5", "lowest_complete_bid": "61000.00", "highest_complete_ask": "62500.00", "bid": "0.9998",
    "ask": "1.0001", "checksums_verified": "5120", "audits": "3", "samples": "412", "levels": "4", "attempt": "1",
}  # fmt: skip
_OF_CLASS = {
    ("Reconciliation", "open"): "0.00", ("Reconciliation", "high"): "-0.03", ("Reconciliation", "low"): "0.00",
    ("Reconciliation", "close"): "0.00", ("Reconciliation", "volume"): "-0.5",
    ("Reconciliation", "quote_volume"): "-30918.8",
    ("Venue", "name"): "kraken", ("MissingVenue", "reason"): "its connection was lost",
    ("Quote", "reason"): "only 1.9 of 2.5 BTC are offered",
    ("VenueQuality", "name"): "kraken:USDC",
}  # fmt: skip


class Row(NamedTuple):
    """One line of a table."""

    name: str
    kind: str
    """The annotation."""
    meaning: str
    unit: str
    example: str


def rows(kind: type[Any]) -> Iterator[Row]:
    """The fields of a class, then its properties. Raises KeyError for a field that nobody explains."""
    documented = _docstrings(kind)
    for field in dataclasses.fields(kind):
        meaning = documented.get(field.name) or _STATES.get(kind.__name__ if field.name == "state" else "")
        yield _row(kind, field.name, str(field.type), meaning or MEANINGS[field.name])
    for name, member in inspect.getmembers(kind, lambda member: isinstance(member, property)):
        yield _row(kind, name, str(member.fget.__annotations__["return"]), inspect.getdoc(member) or "", computed=True)


def _row(kind: type[Any], name: str, annotation: str, meaning: str, computed: bool = False) -> Row:
    example = _OF_CLASS.get((kind.__name__, name)) or EXAMPLES.get(name) or _example(annotation, name)
    text = " ".join(meaning.split())
    return Row(name, annotation, f"{text} Computed." if computed else text, _unit(name, annotation), example)


def _docstrings(kind: type[Any]) -> dict[str, str]:
    """Text below each field."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(tree, ast.ClassDef)
    found = {}
    for field, text in zip(tree.body, tree.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            assert isinstance(field.target, ast.Name)
            found[field.target.id] = str(text.value.value)
    return found


def _bare(annotation: str) -> str:
    """A type without what says that it may be missing, or which numbers it has; Rows are tuples."""
    bare = annotation.removesuffix(" | None").replace("[Number]", "")
    return re.sub(r"^Rows\[(.*)\]$", r"tuple[\1, ...]", bare)


def _unit(name: str, annotation: str) -> str:
    bare = _bare(annotation)
    if bare in ("bool", "str") and not name.endswith("_size"):
        return {"bool": "True or False", "str": "text"}[bare]
    if bare.startswith("tuple"):
        inner = bare.removeprefix("tuple[").removesuffix(", ...]")
        if inner == "Number":
            return "each in base currency"
        return "texts" if inner == "str" else f"each a [{inner}](#{inner.lower()})"
    if bare in (*OBJECTS, *ENUMS):
        return f"[{bare}](#{bare.lower()})"
    if bare == "OnebookError":
        return "an error"
    return next((unit for pattern, unit in UNITS if re.fullmatch(pattern, name)), "count")


def _example(annotation: str, name: str) -> str:
    bare = _bare(annotation)
    if name.endswith("_nanos"):
        return "1795000020123456789"
    if bare == "tuple[str, ...]":
        return '("kraken", "okx")'
    by_type = {"bool": "False", "int": "0", "Number": "61837.63", "float": "0.012", "str": "kraken"}
    enums = {"VenueState": "LIVE", "TradesState": "RECEIVED", "Side": "BUY", "CandleState": "COMPLETE",
             "CandleSource": "TRADES"}  # fmt: skip
    if bare in enums:
        member = enums[bare] if enums[bare] in getattr(client, bare).__members__ else "UNSPECIFIED"
        return f"{bare}.{member}"
    if bare.startswith("tuple"):
        return f"({bare.removeprefix('tuple[').removesuffix(', ...]')}(...), ...)"
    return by_type.get(bare, f"{bare}(...)")


def reference() -> str:
    """The whole text between the two marks."""
    parts = []
    for name in OBJECTS:
        kind = getattr(client, name)
        parts.append(f"### {name}\n\n{_sentence(kind)}\n\n| field | meaning | unit | example |\n|---|---|---|---|")
        parts[-1] += "".join(map(_line, rows(kind)))
    for name in ENUMS:
        kind = getattr(client, name)
        values = ", ".join(f"`{member.name}`" for member in kind if isinstance(member, Enum))
        parts.append(f"### {name}\n\n{_sentence(kind)} {values}.")
    return "\n\n".join(parts)


def _line(row: Row) -> str:
    return f"\n| `{row.name}` | {_cell(row.meaning)} | {row.unit} | `{row.example}` |"


def _sentence(kind: type[Any]) -> str:
    return " ".join((inspect.getdoc(kind) or "").split())


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def written(document: str) -> str:
    """The document with the reference as it is now."""
    before, _, rest = document.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{reference()}\n\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    text = DOCUMENT.read_text(encoding="utf-8")
    if "--check" not in sys.argv[1:]:
        DOCUMENT.write_text(written(text), encoding="utf-8")
    elif written(text) != text:
        raise SystemExit("docs/client.md has other fields than the client: run scripts/field_reference.py")
