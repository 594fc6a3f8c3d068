"""The sequence rules: when a depth frame continues a book, and when a snapshot joins a stream.

One class a family; a venue names the family and which JSON keys carry the numbers. The decoder holds the numbers of
the frame being judged; a rule holds the position of the book it guards, in numbers that it shares with the fast lane.
"""

from __future__ import annotations

from enum import Enum
from typing import ClassVar, NamedTuple, Protocol

from orderbook_ext import SequenceState


class Verdict(Enum):
    """What to do with a frame."""

    APPLY = "apply"
    STALE = "stale"
    """Older than the book: ignore it."""
    GAP = "gap"
    """Something between the book and this frame is missing: the book is no longer true."""
    RESTART = "restart"
    """The venue began anew: this frame is a whole book."""


class Numbers(Protocol):
    """What a rule reads of a frame or snapshot; -1 where the frame has no such number."""

    @property
    def first_id(self) -> int: ...
    @property
    def last_id(self) -> int: ...
    @property
    def previous_id(self) -> int: ...
    @property
    def time(self) -> int: ...


class FirstBuffered(NamedTuple):
    """The numbers of the oldest frame that waits for a snapshot."""

    first_id: int
    last_id: int
    previous_id: int


class SequenceRule(Protocol):
    """The contract of a family."""

    whole_frames: ClassVar[bool]
    """Each frame replaces the book."""
    shows_gaps: ClassVar[bool]
    """A lost frame shows in the next one, or does not matter."""
    cached_for: ClassVar[float]
    """Seconds after a gap for which the venue may serve snapshots of before it that nothing tells from newer ones."""
    reads: ClassVar[frozenset[str]]
    """Which of first_id, last_id and previous_id are checked. A frame shape that names others does not fit the rule."""
    position: int
    """The venue's number of the newest update in the book; -1 before the first."""

    def joins(self, snapshot: Numbers, first: FirstBuffered | None) -> bool:
        """Whether the REST snapshot reaches the buffered stream, whose first frame has these numbers."""
        ...

    def begin(self, snapshot: Numbers) -> None:
        """The book is now this snapshot."""
        ...

    def check(self, frame: Numbers) -> Verdict:
        """Judges a frame; on APPLY the position moves."""
        ...

    def unchanged(self, snapshot: Numbers) -> bool:
        """Whether the snapshot proves that a silent stream has missed nothing."""
        ...


def steady_kind(rule: SequenceRule) -> str:
    """Which of the fast lane's kinds the rule's frames in plain order are of; empty if it knows no such thing.

    `steady` counts where it stands beside the check() that it is about: a rule that judges in its own way has no lane
    until it says which.
    """
    judge = next(of for of in type(rule).__mro__ if "check" in vars(of))
    kind: str = vars(judge).get("steady", "")
    return kind if isinstance(rule, SequenceState) else ""


class RangeRule(SequenceState):
    """A snapshot + ranges of update ids.

    1. Open the stream and buffer its frames; each covers the update ids first..last.
    2. Fetch a snapshot, or take it from the stream; it states the last update id that it contains.
    3. If a fetched snapshot ends before the id in front of the first buffered frame, fetch a newer one.
    4. Drop frames whose last id is not above the snapshot's.
    5. The next frame must start at or below the id that follows the book's: a higher start is a gap.
    6. After each frame the book's id is the frame's last id.
    """

    whole_frames: ClassVar[bool] = False
    shows_gaps: ClassVar[bool] = True
    cached_for: ClassVar[float] = 0.0
    reads: ClassVar[frozenset[str]] = frozenset({"first_id", "last_id"})
    steady: ClassVar[str] = "range"

    def joins(self, snapshot: Numbers, first: FirstBuffered | None) -> bool:
        # 3. The snapshot must reach the id in front of the first buffered frame.
        return snapshot.last_id >= 0 and (first is None or snapshot.last_id >= first.first_id - 1)

    def begin(self, snapshot: Numbers) -> None:
        self.position = snapshot.last_id  # 2.

    def check(self, frame: Numbers) -> Verdict:
        first, last = frame.first_id, frame.last_id
        if first < 0 or last < first:
            return Verdict.GAP
        if last <= self.position:
            return Verdict.STALE  # 4.
        if first > self.position + 1:
            return Verdict.GAP  # 5.
        self.position = last  # 6.
        return Verdict.APPLY

    def unchanged(self, snapshot: Numbers) -> bool:
        return snapshot.last_id == self.position


class CounterRule(RangeRule):
    """The same where a frame has one id, the snapshot is in the stream, and the id 1 is a restart of the venue.

    7. A frame with id 1 is a whole book, whatever it calls itself.
    """

    steady: ClassVar[str] = "counter"

    def check(self, frame: Numbers) -> Verdict:
        return Verdict.RESTART if frame.last_id == 1 else super().check(frame)  # 7.


class LinkRule(SequenceState):
    """A snapshot + frames that name the id of the frame before.

    1. Open the stream and buffer its frames; each has an id and that of its predecessor. Ids may have gaps.
    2. Fetch a snapshot, or take it from the stream; it has the id of the frame that it contains last.
    3. If the predecessor of the first buffered frame is newer than a fetched snapshot, fetch again.
    4. Drop frames whose id is not above the snapshot's; the predecessor of the first one left must not be above it.
    5. From then on each frame's predecessor must be the book's id: any other is a gap. The id itself may go back, as
       after a restart of the venue, or stay, when nothing has changed.
    6. After each frame the book's id is the frame's. Where a frame also says at which id it begins, that is not above
       its own.
    7. Recordings from before the venue had ids begin with a snapshot without one: then nothing is checked here.
    """

    whole_frames: ClassVar[bool] = False
    shows_gaps: ClassVar[bool] = True
    cached_for: ClassVar[float] = 0.0
    reads: ClassVar[frozenset[str]] = frozenset({"first_id", "last_id", "previous_id"})
    steady: ClassVar[str] = "link"
    # `other` is 1 from the snapshot to the first frame that joins it.

    def __init__(self) -> None:
        self.other = 0

    def joins(self, snapshot: Numbers, first: FirstBuffered | None) -> bool:
        return snapshot.last_id >= 0 and (first is None or first.previous_id <= snapshot.last_id)  # 3.

    def begin(self, snapshot: Numbers) -> None:
        self.position, self.other = snapshot.last_id, 1  # 2.

    def check(self, frame: Numbers) -> Verdict:
        previous, last = frame.previous_id, frame.last_id
        if self.position < 0 and last < 0:
            return Verdict.APPLY  # 7.
        if last < 0 or previous < 0 or frame.first_id > last:
            return Verdict.GAP  # 6.
        linked = previous == self.position  # 5.
        if not linked and last <= self.position:
            return Verdict.STALE  # 4.
        if not linked and not (self.other and previous < self.position):
            return Verdict.GAP  # 4. and 5.
        self.position, self.other = last, 0  # 6.
        return Verdict.APPLY

    def unchanged(self, snapshot: Numbers) -> bool:
        return snapshot.last_id == self.position


class PlainRule(SequenceState):
    """A snapshot in the stream + changes whose numbers, if they have any, are not known to be without gaps.

    1. The first frame is a snapshot; another one at any time replaces the book.
    2. Changes are applied in the order of their arrival.
    3. What the venue numbers rises: a frame with a number below the book's comes late. Its change was missing when the
       newer frame was applied, and applied now it would overwrite what is newer.
    4. The venue's time of a frame is not before that of the frame applied before: else frames changed places, or the
       venue's clock went back.
    5. A gap shows in nothing that the frame itself says: only in the venue's checksum, or in the count of the
       connection's messages.
    """

    whole_frames: ClassVar[bool] = False
    shows_gaps: ClassVar[bool] = False
    cached_for: ClassVar[float] = 0.0
    reads: ClassVar[frozenset[str]] = frozenset({"last_id"})
    steady: ClassVar[str] = "plain"
    # `other` is the venue's time of the newest frame.

    def joins(self, snapshot: Numbers, first: FirstBuffered | None) -> bool:  # noqa: ARG002 - nothing tells
        return False

    def begin(self, snapshot: Numbers) -> None:
        self.position, self.other = snapshot.last_id, snapshot.time  # 1.

    def check(self, frame: Numbers) -> Verdict:
        if 0 <= frame.last_id < self.position:
            return Verdict.GAP  # 3.
        if 0 <= frame.time < self.other:
            return Verdict.GAP  # 4.
        self.position = max(self.position, frame.last_id)
        self.other = max(self.other, frame.time)
        return Verdict.APPLY  # 2. and 5.

    def unchanged(self, snapshot: Numbers) -> bool:  # noqa: ARG002 - nothing tells
        return False


class ProvedRule(PlainRule):
    """The same where the venue's checksum of the book proves every frame, as far as the checksum reaches.

    Whether a lost frame shows is a property of the whole plan: see plan_proof.shows_gaps().
    """


class CountedRule(PlainRule):
    """The same where the venue counts all messages of a connection: a lost frame shows in the next message."""

    shows_gaps: ClassVar[bool] = True


class RisingRule(SequenceState):
    """REST snapshot + time stamps that only rise: order is known, gaps are not.

    1. Subscribe and buffer; each frame carries the venue's time in microseconds.
    2. Fetch a snapshot with its own time. Answers come from a cache that is seconds old.
    3. If the snapshot is older than the first buffered frame, fetch again: changes between them would be lost unseen.
    4. Drop frames whose time is not above the snapshot's.
    5. Apply the rest in order. The time of the frame before is a repetition; an earlier one means that frames changed
       places or that the venue's clock went back: some change has been or will be missed.
    6. A gap cannot be seen: the caller refreshes the book from time to time.
    7. When the clock went back, a cached snapshot bears a time that the stream will reach only later: the changes until
       then would be dropped. Only a snapshot taken after the step may join.
    """

    whole_frames: ClassVar[bool] = False
    shows_gaps: ClassVar[bool] = False
    cached_for: ClassVar[float] = 5.0  # 7.
    reads: ClassVar[frozenset[str]] = frozenset({"first_id", "last_id"})
    steady: ClassVar[str] = "rising"
    # `other` is the time of the newest frame; snapshots do not count.

    def joins(self, snapshot: Numbers, first: FirstBuffered | None) -> bool:
        # 3. Without a buffered frame nothing shows that the cached answer is younger than the subscription.
        return first is not None and snapshot.last_id >= first.last_id

    def begin(self, snapshot: Numbers) -> None:
        self.position = snapshot.last_id  # 2.

    def check(self, frame: Numbers) -> Verdict:
        if frame.last_id < 0 or frame.last_id < self.other:
            return Verdict.GAP  # 5.
        self.other = frame.last_id
        if frame.last_id <= self.position:
            return Verdict.STALE  # 4.
        self.position = frame.last_id
        return Verdict.APPLY

    def unchanged(self, snapshot: Numbers) -> bool:  # noqa: ARG002 - the stamp of a snapshot proves nothing (2.)
        return False


class StatelessRule(SequenceState):
    """Every frame is a whole book, stamped with a number that rises.

    1. A frame whose number is not above the book's is a repetition, or came out of order: ignore it.
    2. Two frames in a row below the book's number that rise between themselves: the venue counts anew. Follow it.
    """

    whole_frames: ClassVar[bool] = True
    shows_gaps: ClassVar[bool] = True
    cached_for: ClassVar[float] = 0.0
    reads: ClassVar[frozenset[str]] = frozenset({"first_id", "last_id", "previous_id"})
    steady: ClassVar[str] = "stateless"
    # `other` is the number of the last frame that was ignored, until one is taken.

    def joins(self, snapshot: Numbers, first: FirstBuffered | None) -> bool:  # noqa: ARG002 - has no snapshots
        return False

    def begin(self, snapshot: Numbers) -> None:
        self.position = snapshot.last_id

    def check(self, frame: Numbers) -> Verdict:
        number = frame.last_id
        if number == self.position >= 0:
            return Verdict.STALE  # 1.
        if 0 <= number < self.position and not 0 <= self.other < number:
            self.other = number
            return Verdict.STALE  # 1.
        self.position, self.other = number, -1  # 2.
        return Verdict.APPLY

    def unchanged(self, snapshot: Numbers) -> bool:  # noqa: ARG002
        return False
