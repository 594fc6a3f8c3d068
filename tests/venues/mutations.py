"""Every leaf of a JSON text, replaced by what venues have sent, or could send, in its place."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Path = tuple[str | int, ...]

MARK = "@leaf@"
# As they stand in the bytes. A time in another unit is added where the leaf looks like a time.
WRONG = (
    "null", "NaN", "Infinity", "-Infinity", "1e400", "-1", "0", '""', '"NaN"', '"1e400"', "[]", "{}", "true",
    "9" * 40, "9" * 400, '"None"', '"-0.5"', '"0.00"', '"1_0"', '"\uff11\uff12"', '"\\ud800"', '" "', "[[]]",
)  # fmt: skip
GONE = "gone"


@dataclass(frozen=True)
class Mutation:
    """One change of a text."""

    path: Path
    wrong: str
    body: bytes
    value: Any
    """What stood there before."""
    inside: bool
    """The leaf is part of one of several rows: the others are as they were."""

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.path))} = {self.wrong[:20]}"


def mutations(body: bytes) -> Iterator[Mutation]:
    """Each leaf with each wrong value, and without its key; of rows that are alike the second stands for all."""
    message = json.loads(body)
    seen: set[Path] = set()
    for path in sorted(_leaves(message), key=lambda path: [step != 1 for step in path if isinstance(step, int)]):
        alike = tuple("*" if isinstance(step, int) and rows else step for step, rows in _steps(message, path))
        if alike in seen:
            continue
        seen.add(alike)
        yield from _of_leaf(message, path)


def _of_leaf(message: Any, path: Path) -> Iterator[Mutation]:
    changed = copy.deepcopy(message)
    holder = changed
    for step in path[:-1]:
        holder = holder[step]
    value = holder[path[-1]]
    inside = any(rows for _, rows in _steps(message, path))
    holder[path[-1]] = MARK
    text = json.dumps(changed)
    for wrong in (*WRONG, *_other_units(value)):
        yield Mutation(path, wrong, text.replace(f'"{MARK}"', wrong).encode(), value, inside)
    if isinstance(holder, dict):
        del holder[path[-1]]
        yield Mutation(path, GONE, json.dumps(changed).encode(), value, inside)


def _other_units(value: Any) -> list[str]:
    """A time in thousandths or thousands of its unit."""
    try:
        number = int(float(value))
    except (TypeError, ValueError, OverflowError):
        return []
    if isinstance(value, bool) or number < 1_000_000_000:
        return []
    quote = '"' if isinstance(value, str) else ""
    return [f"{quote}{other}{quote}" for other in (number * 1000, number * 1_000_000, number // 1000)]


def _leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        if isinstance(item, dict | list) and item:
            yield from _leaves(item, (*path, key))
        else:
            yield (*path, key)


def _steps(message: Any, path: Path) -> Iterator[tuple[str | int, bool]]:
    """The steps of a path, each with whether it chooses one of several rows."""
    for step in path:
        yield step, _rows(message)
        message = message[step]


def _rows(value: Any) -> bool:
    items = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    if len(items) < 2 or len({type(item) for item in items}) > 1:
        return False
    if isinstance(items[0], dict):
        return all(item.keys() == items[0].keys() for item in items)
    return isinstance(value, list) and not isinstance(items[0], dict)
