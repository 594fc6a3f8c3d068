"""Settings as they were given, and where each of them stands: in a file, in a flag, or nowhere."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .errors import ConfigError
from .toml_places import Path as Keys
from .toml_places import Spot, locate
from .vwap_config import read_vwap_config

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DEFAULT = "default"


class Origins:
    """Where settings come from: the file's places, and the flags over them."""

    def __init__(self, file: str = "", spots: Mapping[Keys, Spot] | None = None) -> None:
        self._file = file
        self._spots = spots or {}
        self._flags: dict[Keys, str] = {}

    def flag(self, keys: Keys, name: str) -> None:
        """A flag gives the value under these keys."""
        self._flags[keys] = name

    def of(self, keys: Keys) -> str:
        """Flag, file and line, or `default`."""
        flag, spot = self._flag(keys), self._spots.get(keys)
        if flag:
            return f"flag {flag}"
        return f"{self._file}:{spot.key.line}" if spot is not None else DEFAULT

    def place(self, error: ConfigError) -> str:
        """Where an error is to be mended: a flag, or file, line and column; empty where neither is known."""
        flag = self._flag(error.at)
        if flag:
            return flag
        for length in range(len(error.at), 0, -1):
            spot = self._spots.get(error.at[:length])
            if spot is not None:
                return f"{self._file}:{spot.key if error.key or length < len(error.at) else spot.value}"
        return self._file if error.at else ""

    def named(self, error: ConfigError) -> ConfigError:
        """The error with its place before its words."""
        place = self.place(error)
        return ConfigError(f"{place}: {error}" if place else str(error), error.at, error.key)

    def order(self, error: ConfigError) -> tuple[int, int, int]:
        """Errors of flags first, then those of the file from its beginning on, then those without a place."""
        if self._flag(error.at):
            return 0, 0, 0
        for length in range(len(error.at), 0, -1):
            spot = self._spots.get(error.at[:length])
            if spot is not None:
                return 1, spot.value.line, spot.value.column
        return 2, 0, 0

    def _flag(self, keys: Keys) -> str:
        return next((self._flags[keys[:n]] for n in range(len(keys), 0, -1) if keys[:n] in self._flags), "")


def read_file(path: Path) -> tuple[dict[str, Any], Origins]:
    """The settings in a TOML file, or a configuration of VWAP topics in JSON, and their places. Raises ConfigError with
    the file's name, and line and column."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"config {path}: {error.strerror}") from error
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise ConfigError(f"{path}:{line}:{column}: not UTF-8 text ({error.reason})") from error
    if path.suffix == ".json":
        return read_vwap_config(str(path), text), Origins(str(path))
    try:
        settings = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}{_syntax(str(error), text)}") from error
    except RecursionError as error:
        raise ConfigError(f"config {path}: nested too deeply") from error
    return settings, Origins(str(path), locate(text))


def _syntax(words: str, text: str) -> str:
    """The parser's words, which end with "(at line 1, column 9)" or "(at end of document)", with the place before."""
    reason, _, place = words.rpartition(" (at ")
    numbers = [part for part in place.replace(",", " ").rstrip(")").split() if part.isdigit()]
    if len(numbers) == 2:
        return f":{numbers[0]}:{numbers[1]}: {reason}"
    *_, last = text.split("\n")
    return f":{text.count(chr(10)) + 1}:{len(last) + 1}: {reason or words} (the document ends here)"
