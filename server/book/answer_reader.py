"""What the venue's answers by REST mean for a book: a beginning, a confirmation, or the result of an audit."""

from __future__ import annotations

from orderbook_ext import BookError

from ..errors import FrameError
from ..model import Receipt, VenueState
from .depth_reader import DepthReader, Frame, load_frame
from .parts import BookParts
from .snapshot_joiner import SnapshotTooOld
from .update_buffer import BufferGap


class AnswerReader:
    """Takes the snapshots that one book has asked for. Not thread-safe."""

    def __init__(self, parts: BookParts) -> None:
        self._parts = parts

    def take_snapshot(self, reader: DepthReader, frames: DepthReader, body: bytes, at: Receipt) -> None:
        """The snapshot asked for arrived; `reader` reads it, `frames` the held frames."""
        parts, snapshots = self._parts, self._parts.snapshots
        snapshots.timer.pending = False
        try:
            snapshot = snapshots.read(reader, body)
            if parts.proved.joined and not parts.maintenance.refreshing:
                self._confirm(snapshot, at.monotonic)
            else:
                self._join(snapshot, frames, at)
        except SnapshotTooOld as error:
            snapshots.retry(str(error), at.monotonic)
        except BufferGap as gap:
            parts.proved.entry.gaps += 1
            snapshots.retry(str(gap), at.monotonic, parts.proved.rule.cached_for)
        except (FrameError, BookError) as error:
            snapshots.hold_anew(at.monotonic)
            snapshots.retry(str(error), at.monotonic)

    def _join(self, snapshot: Frame, frames: DepthReader, at: Receipt) -> None:
        """A new book from the snapshot and the held frames; it replaces the old one only when all of it is in."""
        parts = self._parts
        made = parts.snapshots.join(snapshot, frames, at, beside=parts.maintenance.refreshing)
        if not parts.maintenance.take_replayed(made, at.monotonic):
            with parts.consistency_lock:
                parts.act_on(parts.proved.replace(made), made.at.monotonic)

    def _confirm(self, snapshot: Frame, now: int) -> None:
        """A snapshot of a silent book: it has missed nothing, or its stream is dead."""
        parts, proved = self._parts, self._parts.proved
        if not proved.stale:
            return  # The stream spoke while the snapshot was under way.
        venue = proved.empty_book()
        load_frame(venue, snapshot, whole=False)
        if parts.silence.confirmed_by(venue, snapshot, proved.book, proved.rule, now):
            parts.snapshots.timer.joined()
            proved.confirm(now)
        else:
            parts.withdraw(VenueState.STALE, "the stream stopped while the venue's book moved on", now)
            parts.recovery.resubscribe_at = now
            parts.snapshots.mute()

    def fail_snapshot(self, reason: str, now: int, retry_after: float, *, refused: bool) -> None:
        """The snapshot asked for cannot be had now; `refused`: the venue answers, and says no."""
        parts = self._parts
        parts.snapshots.timer.pending = False
        if parts.maintenance.auditor.running:
            parts.maintenance.give_up(now)
            return
        parts.snapshots.retry(reason, now, retry_after)
        if refused and not parts.proved.live:
            parts.recovery.snapshot_refused(reason)

    def take_audit(self, reader: DepthReader, body: bytes, now: int) -> None:
        """The venue's own book for an audit arrived."""
        self._parts.act_on(self._parts.maintenance.audited(reader, body, now), now)

    def fail_audit(self, now: int) -> None:
        """The venue's own book cannot be had now; the next turn tries again."""
        self._parts.maintenance.auditor.end(now)
