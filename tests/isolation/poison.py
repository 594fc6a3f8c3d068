"""Ways to poison a message of any venue: each leaf of its JSON, with values that no venue should send."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

Path = tuple[str | int, ...]

VALUES: dict[str, Any] = {
    "null": None, "true": True, "empty": "", "text": "poison", "list": [], "object": {}, "negative": -1,
    "negative text": "-1.5", "nan": float("nan"), "infinity": float("inf"), "minus infinity": float("-inf"),
    "nan text": "NaN", "overflow": "@@1e400", "huge": "9" * 40, "huge number": 10**30, "underscore": "1_0",
    "full width": "\uff11\uff10", "zero": 0, "zero text": "0", "micro": "@@micro",
    "missing": "@@missing", "nested": [[["x"]]],
}  # fmt: skip


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    """The places of everything that is neither an array nor an object."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from leaves(item, (*path, at))
    else:
        yield path


def at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def poisoned(text: str, path: Path, name: str) -> str:
    """The message with the value of this name at this place."""
    message = json.loads(text)
    parent, last = at(message, path[:-1]), path[-1]
    value = VALUES[name]
    if value == "@@missing":
        del parent[last]
        return json.dumps(message)
    if value == "@@micro":
        value = _another_unit(parent[last])
    parent[last] = value
    return json.dumps(message, ensure_ascii=False).replace('"@@1e400"', "1e400")


def _another_unit(value: Any) -> Any:
    """A time in thousandths of its unit; of what is no integer, itself."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value * 1000
    return str(int(value) * 1000) if isinstance(value, str) and value.isdecimal() else value


class Choice:
    """Seeded choices of places and values, the same in every run."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)

    def places(self, found: list[Path], most: int) -> list[Path]:
        """Some of these places, as different as can be: of equal rows one is enough."""
        kinds: dict[Path, list[Path]] = {}
        for path in found:
            kind = tuple("*" if isinstance(step, int) else step for step in path[:-1]) + path[-1:]
            kinds.setdefault(kind, []).append(path)
        chosen = [self._random.choice(paths) for paths in kinds.values()]
        self._random.shuffle(chosen)
        return chosen[:most]

    def values(self, most: int) -> list[str]:
        return self._random.sample(sorted(VALUES), min(most, len(VALUES)))
