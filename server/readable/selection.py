"""Which fields an answer has: `fields=A,B` only these, `without=A,B` all but these; a dot goes into an object.

fields=market,bids.price,asks.price     {"type": "book", "market": ..., "bids": [{"price": ...}], "asks": [...]}

A choice makes other shapes: what nobody wants is not encoded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..request_errors import QUOTED, invalid, shown
from ..suggestions import did_you_mean
from .shapes import Field, Shape

Tree = Mapping[str, "Tree | None"]
"""By name: what of an object, None is all of it."""
MOST_PATHS = 64


def select(shapes: Sequence[Shape], only: Sequence[str], without: Sequence[str]) -> list[Shape]:
    """The shapes of messages of these kinds with the fields that are wanted. Raises RequestError for a field that no
    kind has."""
    wanted, unwanted = _tree("fields", only, shapes), _tree("without", without, shapes)
    chosen = [_kept(shape, wanted) if wanted else shape for shape in shapes]
    return [_less(shape, unwanted) for shape in chosen]


def _tree(parameter: str, paths: Sequence[str], shapes: Sequence[Shape]) -> Tree:
    if len(paths) > MOST_PATHS:
        raise invalid(parameter, f"at most {MOST_PATHS} fields can be named")
    root: dict[str, Any] = {}
    for path in paths:
        if path == "type":
            continue
        _check(parameter, path, shapes)
        *parents, last = path.split(".")
        node: dict[str, Any] | None = root
        for parent in parents:
            assert node is not None
            node = node.setdefault(parent, {})
            if node is None:
                break  # All of the parent is wanted already.
        if node is not None:
            node[last] = None
    return root


def _check(parameter: str, path: str, shapes: Sequence[Shape]) -> None:
    """Follows the path into the shapes; the first name that none of them has is the error."""
    walked = ""
    for name in path.split("."):
        known = list(dict.fromkeys(field.name for shape in shapes for field in shape.fields))
        if name not in known:
            owner = walked or " or ".join(shape.type_name for shape in _unique(shapes))
            hint = f"; it has {', '.join(known)}{did_you_mean(name, known)}" if known else ": it is no object"
            raise invalid(parameter, f"{owner[:QUOTED]} has no field {shown(name)}{hint}")
        inner = (field.shape for shape in shapes for field in shape.fields if field.name == name)
        shapes = [shape for shape in inner if shape is not None]
        walked = f"{walked}.{name}".lstrip(".")


def _unique(shapes: Iterable[Shape]) -> list[Shape]:
    return list({shape.type_name: shape for shape in shapes}.values())


def _kept(shape: Shape, tree: Tree | None) -> Shape:
    if tree is None:
        return shape
    by_name = {field.name: field for field in shape.fields}
    fields = [_inside(by_name[name], inner) for name, inner in tree.items() if name in by_name]
    return replace(shape, fields=tuple(fields))


def _inside(field: Field, tree: Tree | None) -> Field:
    return field if field.shape is None else replace(field, shape=_kept(field.shape, tree))


def _less(shape: Shape, tree: Tree) -> Shape:
    if not tree:
        return shape
    fields = []
    for field in shape.fields:
        inner = tree.get(field.name, {})
        if inner is not None:
            fields.append(field if field.shape is None else replace(field, shape=_less(field.shape, inner)))
    return replace(shape, fields=tuple(fields))
