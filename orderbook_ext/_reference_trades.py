"""The decoder of trades in plain Python leaves all of them to the venue file, which means the same by them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .trades import TradeShape


class TradeDecoder:
    """Reads messages of trades; see the interface in _book.pyi."""

    def __init__(
        self, shape: TradeShape, trade: type, event: type, sides: Sequence[object], *, numbered: bool
    ) -> None: ...

    @property
    def number(self) -> int:
        return -1

    def read(self, data: bytes) -> list[Any] | None:  # noqa: ARG002 - none is of the shape
        return None
