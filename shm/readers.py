"""Reads of one mapped file: in C where the extension was built, else in Python. Both do the same."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Protocol

from .pure_reader import PureReader

IMPLEMENTATION = "python"
"""What reads: "c" or "python"; ONEBOOK_PURE=1 selects Python."""


class Reader(Protocol):
    """The memory is a file whose sizes were checked. Numbers of slots come from it, too."""

    def close(self) -> None:
        """Lets go of the memory; every later call raises ValueError."""

    def alive(self) -> int:
        """OK, NOT_SERVING or SERVER_GONE."""
        ...

    def version(self, slot: int) -> int:
        """Books that the slot has had so far."""
        ...

    def read(self, slot: int) -> bytes | int:
        """The newest book, packed as in onebook_shm.h; or the result, if it is not OK."""
        ...

    def last(self, slot: int) -> bytes | int:
        """The same, whether the server lives or not."""
        ...


if TYPE_CHECKING:

    def make_reader(memory: Any) -> Reader: ...

else:
    make_reader = PureReader
    if os.environ.get("ONEBOOK_PURE") != "1":
        try:
            from ._reader import Reader as CReader
        except ModuleNotFoundError as error:  # There was no compiler.
            if not error.name.endswith("._reader"):
                raise
        else:
            make_reader, IMPLEMENTATION = CReader, "c"
