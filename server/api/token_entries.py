"""The text of a tokens file: entries in TOML, read with the line of every error, and written by `onebook token new`."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timezone
from typing import Any

from ..errors import ConfigError
from ..suggestions import did_you_mean
from .tokens import Right, Token, TokenLimits, Tokens

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TABLE = "token"
MAX_TOKENS = 10_000
_HEADER = re.compile(rf"\s*\[\[\s*{TABLE}\s*\]\]")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_HEX = {"id": re.compile(r"[0-9a-f]{16}"), "sha256": re.compile(r"[0-9a-f]{64}")}
_MAKE_ONE = "make one with: onebook token new --name NAME --rights read"
# Keys under which a user may have written the secret itself.
_PLAIN = ("secret", "token", "password", "plain", "key")


class EntryError(ValueError):
    """An error in one key of an entry."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


def parse_tokens(text: str, source: str) -> Tokens:
    """The tokens in the text of a file. Raises ConfigError that names `source`, the line and what to do."""
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"tokens {source}{_no_toml(text, str(error))}") from None
    tables = document.pop(TABLE, None)
    if document:
        key = next(iter(document))
        place = _place(text.splitlines(), re.compile(rf"[\s\[\"']*{re.escape(key)}\b"), 0)
        raise ConfigError(f"tokens {source}{place}: unexpected {key[:40]!r}, every token is a table [[{TABLE}]]")
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise ConfigError(f"tokens {source}: has no table [[{TABLE}]]; {_MAKE_ONE}")
    if len(tables) > MAX_TOKENS:
        raise ConfigError(f"tokens {source}: has {len(tables)} tokens, at most {MAX_TOKENS} are read")
    taken: dict[tuple[str, str], int] = {}
    tokens = []
    for number, table in enumerate(tables):
        try:
            token = read_entry(table)
            for key, value in (("name", token.name), ("id", token.id)):
                if taken.setdefault((key, value), number) != number:
                    raise EntryError(key, f"two tokens have the {key} {value!r}")
        except EntryError as error:
            raise ConfigError(f"tokens {source}{_line(text, number, error.key)}: {error}") from None
        tokens.append(token)
    return Tokens(tokens)


def read_entry(table: Mapping[str, Any]) -> Token:
    """The token of one entry. Raises EntryError."""
    for key in table:
        if key not in _KEYS and key.lower() in _PLAIN:
            raise EntryError(key, f"{key}: this file has no secrets, only their SHA-256; {_MAKE_ONE}")
        if key not in _KEYS:
            raise EntryError(key, f"unknown key {key[:40]!r}{did_you_mean(key[:40], _KEYS)}")
    for key in ("name", "id", "sha256", "rights"):
        if key not in table:
            raise EntryError("", f"{key} is missing in this [[{TABLE}]]; {_MAKE_ONE}")
    limits = {key: check(key, table[key]) for key, check in LIMITS.items() if key in table}
    return Token(
        name=_name(table["name"]),
        id=_hex("id", table["id"]),
        digest=bytes.fromhex(_hex("sha256", table["sha256"])),
        rights=_rights(table["rights"]),
        limits=TokenLimits(**limits),
        expires=checked_expiry(table["expires"]) if "expires" in table else None,
    )


def entry_text(token: Token) -> str:
    """The entry of a token as it stands in a file."""
    rights = ", ".join(f'"{right.value}"' for right in Right if right in token.rights)
    lines = [
        f"[[{TABLE}]]",
        f'name = "{token.name}"',
        f'id = "{token.id}"',
        f'sha256 = "{token.digest.hex()}"',
        f"rights = [{rights}]",
    ]
    lines += [f"{key} = {value}" for key in LIMITS if (value := getattr(token.limits, key)) is not None]
    if token.expires is not None:
        lines.append(f"expires = {token.expires.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}")
    return "\n".join(lines) + "\n"


def _name(value: Any) -> str:
    """A token's name. Raises EntryError."""
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise EntryError("name", "name must be 1 to 64 letters, digits, dots, dashes or underscores")
    return value


def _rights(value: Any) -> frozenset[Right]:
    """Rights by name, at least one. Raises EntryError."""
    known = [right.value for right in Right]
    if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
        raise EntryError("rights", 'rights must be a list such as ["read"] or ["read", "control"]')
    for item in value:
        if item not in known:
            raise EntryError("rights", f"there is no right {item[:40]!r}{did_you_mean(item[:40], known)}")
    return frozenset(map(Right, value))


def checked_expiry(value: Any) -> datetime:
    """A moment, or the beginning of a day in UTC. Raises EntryError."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=timezone.utc)
    raise EntryError(
        "expires", "expires must be a day or a time with its zone, such as 2030-01-31 or 2030-01-31T12:00:00Z"
    )


def _hex(key: str, value: Any) -> str:
    """The value is not shown: a user may have put the secret there."""
    if not isinstance(value, str) or not _HEX[key].fullmatch(value):
        digits = 16 if key == "id" else 64
        raise EntryError(key, f"{key} must be {digits} hex digits as `onebook token new` writes them; {_MAKE_ONE}")
    return value


def _count(key: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 100_000:
        raise EntryError(key, f"{key} was {value!r:.40}, must be a whole number from 1 to 100000")
    return value


def _rate(key: str, value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0.01 <= value <= 100_000:
        raise EntryError(key, f"{key} was {value!r:.40}, must be a number from 0.01 to 100000")
    return float(value)


LIMITS: dict[str, Callable[[str, Any], Any]] = {"streams": _count, "topics": _count, "requests_per_second": _rate}
_KEYS = ["name", "id", "sha256", "rights", "expires", *LIMITS]


def _line(text: str, number: int, key: str) -> str:
    """Where in the text a key of an entry stands, or the entry; nothing where entries are written in another way."""
    lines = text.splitlines()
    headers = [at for at, line in enumerate(lines) if _HEADER.match(line)]
    if number >= len(headers):
        return ""
    last = headers[number + 1] if number + 1 < len(headers) else len(lines)
    named = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=") if key else _HEADER
    return _place(lines[:last], named, headers[number]) or f":{headers[number] + 1}"


def _place(lines: Sequence[str], wanted: re.Pattern[str], first: int) -> str:
    """The number of the first line that begins as wanted, behind a colon; nothing if there is none."""
    return next((f":{at + 1}" for at in range(first, len(lines)) if wanted.match(lines[at])), "")


def _no_toml(text: str, message: str) -> str:
    """Where a parser stopped, without what it quotes of the file, which may be a secret."""
    place = re.search(r"\(at line ([0-9]+), column ([0-9]+)\)$", message)
    if place:
        return f":{place[1]}: is no TOML at column {place[2]}"
    return (
        f":{text.count(chr(10)) + 1}: is no TOML, it ends too early" if "end of document" in message else ": is no TOML"
    )
