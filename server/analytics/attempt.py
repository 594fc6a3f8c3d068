"""Runs steps so that a failure does not stop the other steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


def all_in_turn(step: Callable[[T], object], items: Iterable[T]) -> None:
    """Runs the step on every item; then raises the first failure, if any."""
    failure: Exception | None = None
    for item in items:
        try:
            step(item)
        except Exception as error:  # noqa: PERF203 - the others have their turn
            failure = failure or error
    if failure is not None:
        raise failure
