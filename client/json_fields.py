"""Which fields a line of JSON has: `--fields A,B` only these, `--without A,B` all but these; a dot goes into an object.

market,bids.price,asks.price        {"type": "book", "market": ..., "bids": [{"price": ...}], "asks": [...]}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints

from .arguments import nearest
from .errors import InvalidArgumentError

Tree = Mapping[str, "Tree | None"]
"""By name: what of an object, None is all of it."""


class Selection:
    """The fields that the user wants of messages of some kinds. Raises InvalidArgumentError for those of no kind."""

    def __init__(self, only: Iterable[str], without: Iterable[str], kinds: Iterable[type[Any]]) -> None:
        kinds = tuple(kinds)
        self._only = _tree("--fields", only, kinds)
        self._without = _tree("--without", without, kinds)

    def of(self, line: Mapping[str, Any]) -> dict[str, Any]:
        """A line with the fields that are wanted; its type always, as lines of several types may come."""
        chosen = _kept(line, self._only) if self._only else dict(line)
        chosen = _less(chosen, self._without) if self._without else chosen
        return {"type": line["type"], **chosen}


def _tree(flag: str, paths: Iterable[str], kinds: tuple[type[Any], ...]) -> Tree:
    root: dict[str, Any] = {}
    for path in paths:
        if path == "type":
            continue
        _check(flag, path, kinds)
        *parents, last = path.split(".")
        node: dict[str, Any] | None = root
        for parent in parents:
            assert node is not None
            node = node.setdefault(parent, {})
            if node is None:
                break  # all of the parent is wanted already
        if node is not None:
            node[last] = None
    return root


def _check(flag: str, path: str, kinds: tuple[type[Any], ...]) -> None:
    """Follows the path into the classes; the first name that none of them has is the error."""
    walked, here = "", kinds
    for name in path.split("."):
        known = _names(here)
        if name not in known:
            owner = walked or " or ".join(kind.__name__ for kind in kinds)
            hint = f"{nearest(name, known)}; it has {', '.join(known)}" if known else ": it is no object"
            raise InvalidArgumentError(f"{flag}: {owner} has no field {name!r}{hint}", field=flag)
        here = tuple(inner for kind in here for inner in _inside(kind, name))
        walked = f"{walked}.{name}".lstrip(".")


def _names(kinds: Iterable[type[Any]]) -> list[str]:
    return list(dict.fromkeys(field.name for kind in kinds for field in fields(kind)))


def _inside(kind: type[Any], name: str) -> list[type[Any]]:
    """The classes of a field: of an object itself, of a list those in it."""
    return _classes(get_type_hints(kind)[name]) if name in {field.name for field in fields(kind)} else []


def _classes(hint: Any) -> list[type[Any]]:
    origin = getattr(hint, "__origin__", hint)
    if isinstance(origin, type) and is_dataclass(origin):
        return [origin]
    return [found for part in get_args(hint) for found in _classes(part)]


def _kept(value: Any, tree: Tree | None) -> Any:
    if tree is None:
        return value
    if isinstance(value, list):
        return [_kept(each, tree) for each in value]
    if isinstance(value, dict):
        return {name: _kept(value[name], inner) for name, inner in tree.items() if name in value}
    return value  # null: there is no such object now


def _less(value: Any, tree: Tree | None) -> Any:
    if isinstance(value, list):
        return [_less(each, tree) for each in value]
    if isinstance(value, dict) and tree is not None:
        kept = ((name, each) for name, each in value.items() if tree.get(name, tree) is not None)
        return {name: _less(each, tree[name]) if name in tree else each for name, each in kept}
    return value
