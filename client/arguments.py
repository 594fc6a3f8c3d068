"""Wrong keyword arguments get a sentence with the nearest right name, on every Python; signatures stay as they are."""

from __future__ import annotations

import difflib
import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

Kind = TypeVar("Kind", bound=type)


def named_arguments(kind: Kind) -> Kind:
    """A class decorator: the constructor and the public methods of the class say which argument they do not have."""
    for name, member in list(vars(kind).items()):
        if inspect.isfunction(member) and (name == "__init__" or not name.startswith("_")):
            setattr(kind, name, _checked(member))
    return kind


def _checked(function: Callable[..., Any]) -> Callable[..., Any]:
    known = tuple(inspect.signature(function).parameters)[1:]
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def call_async(self: Any, *positional: Any, **named: Any) -> Any:
            check(self, function.__name__, named, known)
            return await function(self, *positional, **named)

        return call_async

    @functools.wraps(function)
    def call(self: Any, *positional: Any, **named: Any) -> Any:
        check(self, function.__name__, named, known)
        return function(self, *positional, **named)

    return call


def check(owner: object, method: str, named: Mapping[str, object], known: Iterable[str]) -> None:
    """Raises TypeError for the first keyword that is not one of `known`."""
    known = tuple(known)
    for name in named:
        if name not in known:
            called = type(owner).__name__ if method == "__init__" else f"{type(owner).__name__}.{method}"
            raise TypeError(f"{called}() has no argument {name!r}{nearest(name, known)}; it takes {', '.join(known)}")


def nearest(name: str, known: Iterable[str]) -> str:
    """`, did you mean ...?` without the end of a sentence; empty where nothing is near."""
    found = difflib.get_close_matches(name.lower(), list(known), n=1, cutoff=0.5)
    return f"; did you mean {found[0]}?" if found else ""
