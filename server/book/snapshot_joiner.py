"""A book from REST: frames are held until a snapshot arrives that reaches them."""

from __future__ import annotations

from ..errors import FrameError
from ..model import Receipt
from ..units import SECOND
from .depth_reader import DepthReader, Frame
from .proved_book import ProvedBook
from .recovery import Recovery
from .replay import ReplayedBook, replay
from .snapshot_timer import NEVER, SnapshotTimer
from .update_buffer import UpdateBuffer

# A snapshot is asked for without a buffered frame when the stream stays quiet this long after opening.
SETTLE = 2 * SECOND


class SnapshotTooOld(Exception):
    """The snapshot does not reach the stream, or the book; a newer one is needed."""


class SnapshotJoiner:
    """The snapshots of one book, and the frames that they must be joined to. Times are monotonic nanoseconds."""

    def __init__(self, proved: ProvedBook, recovery: Recovery) -> None:
        plan = proved.plan
        self.from_rest = plan.rest_snapshot is not None and not plan.in_band
        """Whether a snapshot from REST begins this book. Otherwise its own stream does."""
        self.timer = SnapshotTimer()
        self.held = UpdateBuffer()
        """All frames while there is no book; a copy of them while a new book is made beside the live one."""
        self.subscription = 0
        """Changes when answers under way cease to count: with every opening and closing, and when clocks step."""
        self._proved = proved
        self._recovery = recovery
        self._unreached = -1
        """The number of a snapshot that the stream never reached: a cache may serve it again."""
        self._mute = False

    @property
    def settled(self) -> bool:
        """Whether no snapshot is wanted."""
        return self.timer.due is None

    # -- what the stream does ------------------------------------------------------------------------------------

    def opened(self, now: int) -> None:
        """The stream is subscribed: a snapshot is asked for once the stream speaks, or after two seconds."""
        if self.from_rest:
            self.timer.settle(now, NEVER if self._mute else now + SETTLE)

    def mute(self) -> None:
        """The stream said nothing while the venue's book moved: only a frame brings the book back."""
        self._mute = True
        self.timer.cancel()

    def hold(self, frame: Frame, data: bytes, at: Receipt) -> None:
        """Holds a frame until a snapshot reaches it, and asks for one."""
        self._mute = False
        if self.timer.idle:
            self.timer.ask(at.monotonic + self._recovery.pause())
        if self.held.add(frame, data, at):
            self.wait_out_caches(at.monotonic)
        self.timer.frame_held(at.monotonic)

    def frame_lost(self, now: int) -> None:
        """Only the next frame shows how new a snapshot must be to contain the one that was lost."""
        if self.timer.due is not None:
            self.timer.settle(self.timer.due, max(self.timer.due, now + SETTLE))

    def hold_anew(self, now: int) -> None:
        """The held frames have a gap: only a snapshot of later than now can join."""
        self.held.clear()
        if self.from_rest and not self._proved.joined and self.timer.idle:
            self.timer.ask(now)

    def wait_out_caches(self, now: int) -> None:
        """For a while after a gap a cache of the venue may serve older snapshots that nothing tells from newer ones."""
        cached_for = self._proved.rule.cached_for
        if cached_for:
            self.subscription += 1
            self.timer.wait(now + int(cached_for * SECOND))

    def refuse(self, position: int) -> None:
        """The stream never reached the snapshot with this number."""
        self._unreached = position

    # -- answers of the venue --------------------------------------------------------------------------------------

    def read(self, reader: DepthReader, body: bytes) -> Frame:
        """The snapshot that was asked for. Raises FrameError."""
        frame = reader.read(body)
        if frame is None or max(frame.last_id, frame.time) < 0:
            raise FrameError(f"the snapshot could not be read: {body[:80]!r}")
        return frame

    def join(self, snapshot: Frame, frames: DepthReader, at: Receipt, *, beside: bool) -> ReplayedBook:
        """A new book from the snapshot and the held frames, which `frames` reads.

        `beside` says that the present book is live and followed meanwhile. Raises SnapshotTooOld, BufferGap,
        FrameError, and orderbook_ext.BookError.
        """
        rule = self._proved.rule
        if beside and self.held.first is None and snapshot.last_id < rule.position:
            raise SnapshotTooOld("the snapshot is older than the book")
        if not rule.joins(snapshot, self.held.first) or snapshot.last_id == self._unreached:
            raise SnapshotTooOld("the snapshot is older than the stream")
        made = replay(self._proved.plan, self._proved.empty_book(), snapshot, self.held, frames, at)
        self.timer.joined()
        return made

    def retry(self, reason: str, now: int, retry_after: float = 0.0) -> None:
        """The answer is of no use: asks again after a growing pause of at least so many seconds."""
        if not self._proved.live:
            self._proved.entry.detail = reason
        self.timer.retry(now, retry_after)

    # -- the end of a book -----------------------------------------------------------------------------------------

    def subscribe_anew(self) -> None:
        """Another subscription: answers under way do not count, nor what was refused before."""
        self.subscription += 1
        self._unreached = -1
        self.timer.pending = False

    def forget(self) -> None:
        """The book is gone: nothing is held or wanted. An answer under way still counts."""
        self.held.clear()
        self.timer.cancel()
