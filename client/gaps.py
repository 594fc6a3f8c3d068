"""Gaps of a trade stream: always in the log `onebook.client`, and told to whoever asked to be."""

from __future__ import annotations

import logging
from collections.abc import Callable

from onebook.v1 import types_pb2 as pb

from . import convert
from .messages import TradeGap

_log = logging.getLogger("onebook.client")

GapHandler = Callable[[TradeGap], None]
"""Called in the thread (or task) that reads the stream, before the first trade behind the gap is handed out."""


class GapTeller:
    """Takes the gaps out of what a stream of trades receives."""

    def __init__(self, on_gap: GapHandler | None) -> None:
        self._on_gap = on_gap

    def __call__(self, message: pb.Trade | pb.TradeGap) -> bool:
        """Whether it was a gap; then it has been told."""
        if isinstance(message, pb.Trade):
            return False
        gap = convert.trade_gap(message)
        _log.warning("%s", gap)
        if self._on_gap is not None:
            self._on_gap(gap)
        return True
