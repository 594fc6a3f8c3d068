"""What each depth frame means for its book: a beginning, the next change, one that waits for a snapshot, or a gap."""

from __future__ import annotations

from orderbook_ext import BookError

from ..model import Receipt, VenueState
from ..protocol.sequence import Verdict
from .depth_reader import Frame, load_frame
from .lag_monitor import OldUpdate
from .parts import BookParts
from .replay import ReplayedBook


class FrameFollower:
    """Decides about the frames of one book that the fast lane does not take. Not thread-safe."""

    def __init__(self, parts: BookParts) -> None:
        self._parts = parts

    def take_frame(self, frame: Frame, data: bytes, at: Receipt) -> None:
        """A frame of this book arrived; `data` is its message."""
        parts = self._parts
        starts = frame.snapshot or self._may_be_snapshot(frame)
        follows = parts.proved.joined or parts.proved.rule.whole_frames
        if not starts and not follows and parts.plan.rest_snapshot is None:
            return  # It changes a book whose snapshot has yet to come: to us the stream is silent until it does.
        if starts:
            self._start(frame, at)
            return
        parts.silence.heard(at.monotonic)
        if follows:
            self._follow(frame, data, at)
        else:
            parts.snapshots.hold(frame, data, at)

    def _may_be_snapshot(self, frame: Frame) -> bool:
        """Of venues that do not mark it: the first frame behind the confirmation, if it stands for one moment. One of
        several updates is none; then the snapshot was lost."""
        parts = self._parts
        awaited = parts.plan.first_is_snapshot and parts.confirmed and not parts.proved.joined
        return awaited and frame.first_id == frame.last_id

    def _start(self, frame: Frame, at: Receipt) -> None:
        """The stream itself brought a whole book."""
        parts, now = self._parts, at.monotonic
        made = ReplayedBook(parts.proved.empty_book(), parts.plan.rule(), frame.time, at)
        try:
            load_frame(made.book, frame, whole=not parts.plan.window)
        except BookError as error:
            parts.silence.heard(now)
            self._lose(str(error), now)
            return
        if not frame.snapshot and not all(made.book.counts()):
            return  # A change of one side: the snapshot, which is not marked, was lost. The stream counts as silent.
        parts.silence.heard(now)
        made.rule.begin(frame)
        with parts.consistency_lock:
            fault = parts.proved.check(made.book, parts.monitors.checksum.compare(made.book, frame.checksum))
            if fault is None:
                parts.silence.compare(made.book, now)
                parts.snapshots.timer.cancel()
                fault = parts.proved.replace(made)
            parts.act_on(fault, now)

    def _follow(self, frame: Frame, data: bytes, at: Receipt) -> None:
        parts, proved, now = self._parts, self._parts.proved, at.monotonic
        if proved.stale and not parts.shows_gaps:
            reason = "updates came again after a silence that may have hidden some"
            parts.withdraw(VenueState.STALE, reason, now)
            parts.snapshots.hold(frame, data, at)
            return
        verdict = proved.rule.check(frame)
        if verdict is Verdict.APPLY:
            parts.monitors.lag.restart()
            self._apply(frame, data, at)
        elif verdict is Verdict.RESTART:
            self._start(frame, at)
        elif verdict is Verdict.GAP:
            self._gap(frame, data, at)
        elif not proved.rule.whole_frames and frame.last_id < proved.rule.position:
            self._lag(frame, data, at)

    def _apply(self, frame: Frame, data: bytes, at: Receipt) -> None:
        parts = self._parts
        if parts.maintenance.refreshing:
            parts.snapshots.held.add(frame, data, at)
        with parts.consistency_lock:
            try:
                parts.act_on(parts.proved.apply(frame, at), at.monotonic)
            except BookError as error:
                self._lose(str(error), at.monotonic)
        parts.maintenance.frame_applied(frame, at.monotonic)

    def _gap(self, frame: Frame, data: bytes, at: Receipt) -> None:
        parts = self._parts
        parts.proved.entry.gaps += 1
        found = frame.first_id if frame.first_id >= 0 else frame.last_id
        parts.withdraw(VenueState.GAP, f"after update {parts.proved.rule.position} came {found}", at.monotonic)
        self._hold_for_rest(frame, data, at)
        parts.snapshots.wait_out_caches(at.monotonic)

    def _lag(self, frame: Frame, data: bytes, at: Receipt) -> None:
        """An old update arrives. For a moment after a snapshot that is normal."""
        parts, position = self._parts, self._parts.proved.rule.position
        fault = parts.monitors.lag.judge(parts.proved.book, OldUpdate(position, frame.last_id), at.monotonic)
        if fault is not None:
            parts.snapshots.refuse(position)
            parts.act_on(fault, at.monotonic)
            self._hold_for_rest(frame, data, at)

    def _hold_for_rest(self, frame: Frame, data: bytes, at: Receipt) -> None:
        if self._parts.snapshots.from_rest:
            self._parts.snapshots.hold(frame, data, at)

    def unreadable(self, reason: str, now: int) -> None:
        """A frame that may have been this book's could not be read."""
        if self._parts.proved.rule.whole_frames:
            return  # The next frame makes the book good.
        if self._parts.proved.joined:
            self._lose(reason, now)
        else:
            self._parts.snapshots.hold_anew(now)

    def _lose(self, reason: str, now: int) -> None:
        """A frame could not be used: what it changed is missing."""
        self._parts.withdraw(VenueState.SUSPECT, reason, now)
        self._parts.snapshots.frame_lost(now)
