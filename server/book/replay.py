"""A book made of a snapshot and the frames that were held since."""

from __future__ import annotations

from dataclasses import dataclass

from orderbook_ext import OrderBook

from ..model import Receipt
from ..protocol.sequence import SequenceRule
from ..protocol.venue import BookPlan
from .depth_reader import DepthReader, Frame, apply_frame, level_counts, load_frame
from .update_buffer import UpdateBuffer


@dataclass(slots=True)
class ReplayedBook:
    """A book, its rule, and the time and receipt of the newest frame in it."""

    book: OrderBook
    rule: SequenceRule
    time: int
    at: Receipt


def replay(
    plan: BookPlan,
    book: OrderBook,
    snapshot: Frame,
    held: UpdateBuffer,
    frames: DepthReader,
    at: Receipt,
) -> ReplayedBook:
    """Fills the empty `book`; the held frames are read by `frames` and are gone afterwards.

    Raises BufferGap, FrameError, and orderbook_ext.BookError.
    """  # fmt: skip
    limit, rows = plan.snapshot_levels, max(level_counts(snapshot))
    load_frame(book, snapshot, whole=limit == 0 or rows < limit)
    result = ReplayedBook(book, plan.rule(), snapshot.time, at)
    result.rule.begin(snapshot)

    def apply(frame: Frame, held_at: Receipt) -> None:
        apply_frame(book, frame)
        result.time, result.at = frame.time, held_at

    held.replay(frames, result.rule, apply)
    return result
