"""Writes server/readable/contract_words.py: what the .proto files say of each call and field, for OpenAPI.

    PYTHONPATH=.:proto python scripts/contract_words.py            # writes
    PYTHONPATH=.:proto python scripts/contract_words.py --check    # exit status 1 where the text is another

Descriptors lose their comments at run time. Comments that speak of mantissas and exponents have other words in
`REPLACED`, as readable JSON has none.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

from scripts.field_reference import UNITS

ROOT = Path(__file__).resolve().parent.parent
CONTRACT = ROOT / "proto" / "onebook" / "v1"
FILES = ("types", "market_data", "analytics", "history")
WRITTEN = ROOT / "server" / "readable" / "contract_words.py"
WIDTH = 120
HEAD = '''"""What the contract says of its calls and fields. Written by scripts/contract_words.py: do not edit."""

WORDS = {
'''
_BLOCK = re.compile(r"(?:service|message|enum|oneof) (\w+) \{(\})?")
_CALL = re.compile(r"rpc (\w+)\(")
_FIELD = re.compile(r"(?:repeated |optional )?[\w.]+ (\w+) = \d+")

REPLACED = {
    "Level.price": "Price of the level.",
    "Level.size": "Size in base units.",
    "Level.venue": "Name of the venue that has the level.",
    "VenueQuality.lowest_complete_bid": "The bid side is proved complete from the best bid down to this price; null "
    "where no depth is proved.",
    "VenueQuality.highest_complete_ask": "The ask side is proved complete from the best ask up to this price; null "
    "where no depth is proved.",
    "QuoteSlice.venue": "Name of the venue.",
    "Trade.price": "Price of the trade.",
    "Trade.size": "Size in base units.",
}
"""Words of readable JSON, in place of the contract's."""
CHANGED = (
    (r",? ?(as a mantissa )?at (the quote's )?\w+_exponent( - 1)?", ""),
    (r" \(mantissa, price_exponent\)", ""),
    (r", as decimal text|, decimal text", ""),
    (r"by venue index", "in the order of the venues"),
    (r"\babsent\b", "null"),
    (r"\bAbsent\b", "Null"),
    (r"next_page_token", "page_token of the link `next`"),
)
LEFT_OUT = re.compile(r"\w+Response(\.\w+)?|\w+\.\w+_exponent|\w+\.[A-Z_]+")
"""What readable JSON does not have: responses around messages, exponents, and numbers of enums."""


def comments(text: str) -> Iterator[tuple[str, str]]:
    """Every call, message and field of a .proto file by its path, such as Book.spread, with the comment above it."""
    blocks: list[str] = []
    above: list[str] = []
    for line in map(str.strip, text.splitlines()):
        if line.startswith("//"):
            above.append(line.removeprefix("//").strip())
            continue
        block, named = _BLOCK.match(line), _CALL.match(line) or _FIELD.match(line)
        if block:
            yield ".".join([*_owners(blocks), block[1]]), " ".join(above)
            if not block[2]:
                blocks.append("" if line.startswith("oneof") else block[1])
        elif named and blocks:
            yield ".".join([*_owners(blocks), named[1]]), " ".join(above)
        elif line == "}":
            blocks.pop()
        above = []


def _owners(blocks: list[str]) -> list[str]:
    """The blocks around a field; a oneof is none."""
    return [block for block in blocks if block]


def words() -> dict[str, str]:
    """By path, with the unit of a field behind its meaning."""
    found = {}
    for name in FILES:
        for path, text in comments((CONTRACT / f"{name}.proto").read_text(encoding="utf-8")):
            if LEFT_OUT.fullmatch(path):
                continue
            made = REPLACED.get(path, text)
            for pattern, instead in CHANGED:
                made = re.sub(pattern, instead, made)
            unit = unit_of(path.rpartition(".")[2]) if "." in path else ""
            found[path] = f"{made} Unit: {unit}." if unit and made else made
    return found


def unit_of(field: str) -> str:
    """The unit of a field; empty without one."""
    return next((unit for pattern, unit in UNITS if re.fullmatch(pattern, field)), "")


def written() -> str:
    """The module."""
    lines = []
    for path, text in words().items():
        if text:
            line = f"    {quoted(path)}: {quoted(text)},"
            if len(line) <= WIDTH:
                lines.append(line)
                continue
            longest = WIDTH - 10
            parts = [text] if len(text) <= longest else textwrap.wrap(text, longest, drop_whitespace=False)
            lines += [f"    {quoted(path)}: (", *(f"        {quoted(part)}" for part in parts), "    ),"]
    return HEAD + "\n".join(lines) + '\n}\n"""By Service.Call, Message and Message.field."""\n'


def quoted(text: str) -> str:
    """A string of Python, as the formatter writes it."""
    return f"'{text}'" if '"' in text else f'"{text}"'


def main() -> int:
    """Writes or checks the file; the exit status."""
    made = written()
    if "--check" in sys.argv[1:]:
        return int(WRITTEN.read_text(encoding="utf-8") != made)
    WRITTEN.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
