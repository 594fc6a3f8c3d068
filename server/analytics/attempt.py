"""Runs steps so that a failure does not stop the other steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


def all_in_turn(step: Callable[[T], object], items: Iterable[T]) -> None:
    """Runs the step on every item; then raises the first failure, if any."""
    failures = [failure for item in items if (failure := attempt(step, item)) is not None]
    if failures:
        raise failures[0]


def attempt(step: Callable[[T], object], item: T) -> Exception | None:
    """The failure of the step, or None."""
    try:
        step(item)
    except Exception as error:
        # The caller raises it when all items had their turn.
        return error
    return None
