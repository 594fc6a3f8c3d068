"""What calls return that have several rows: a tuple that can become a data frame."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from .frames import FrameNumbers, Library, to_frame

T = TypeVar("T", covariant=True)


class Rows(tuple[T, ...]):
    """A tuple of messages of one kind."""

    _kind: type[Any] | None

    def __new__(cls, rows: Iterable[T] = (), kind: type[Any] | None = None) -> Rows[T]:
        """`kind` is the class of the messages: a frame of no rows has its columns too."""
        made = super().__new__(cls, rows)
        made._kind = kind
        return made

    def to_frame(self, library: Library = "pandas", *, numbers: FrameNumbers | None = None) -> Any:
        """A data frame of pandas or polars; see `onebook.client.to_frame`."""
        return to_frame(self, library, numbers=numbers, kind=self._kind)
