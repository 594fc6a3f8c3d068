"""The faults of one venue over time: scheduled, on, over; and the seeded decision which frames they hit."""

import random
from dataclasses import dataclass, field, replace
from typing import Any

from .faults import FOR_EVER, KINDS, Fault


@dataclass
class ActiveFault:
    """A fault that is on."""

    fault: Fault
    since: float
    until: float
    seen: dict[str, int] = field(default_factory=dict)
    hits: int = 0
    started_us: int = 0

    def spent(self, now: float) -> bool:
        """True when its time or its budget is over."""
        budget = self.fault.budget
        return now >= self.until or (budget is not None and KINDS[self.fault.kind].style == "frames"
                                     and self.hits >= budget)  # fmt: skip


class FaultSchedule:
    """The faults of one venue: scheduled, on, and the decisions about single frames, drawn from the seed."""

    def __init__(self, venue: str, seed: int) -> None:
        self._venue = venue
        self._random = random.Random(f"{seed}/faults/{venue}")
        self._waiting: list[Fault] = []
        self.active: list[ActiveFault] = []
        self.counts: dict[str, int] = {}
        self.hits_of: dict[str, int] = {}
        """By kind: how often faults have struck so far."""

    def schedule(self, fault: Fault, now: float) -> None:
        """Add a fault; `at` None or past means now."""
        if fault.venue in ("*", self._venue):
            at = now if fault.at is None else max(now, fault.at)
            self._waiting.append(replace(fault, at=at))

    def advance(self, now: float, now_us: int) -> tuple[list[ActiveFault], list[ActiveFault]]:
        """Move to `now` and return the faults that start and those that end."""
        ended = [item for item in self.active if item.spent(now)]
        self.active = [item for item in self.active if not item.spent(now)]
        due = [fault for fault in self._waiting if fault.at is not None and fault.at <= now]
        started = [self._start(fault, now, now_us) for fault in due]
        return started, ended

    def _start(self, fault: Fault, now: float, now_us: int) -> ActiveFault:
        self._waiting.remove(fault)
        if fault.repeat is not None:
            self._waiting.append(replace(fault, at=now + fault.repeat))
        item = ActiveFault(fault, now, now + fault.lasts, started_us=now_us)
        self.counts[fault.kind] = self.counts.get(fault.kind, 0) + 1
        if KINDS[fault.kind].style != "moment":
            self.active.append(item)
        return item

    def clear(self) -> list[ActiveFault]:
        """End everything and forget the schedule; returns what was on."""
        ended, self.active, self._waiting = self.active, [], []
        return ended

    def find(self, kind: str, pair: str | None = None) -> ActiveFault | None:
        """The first fault of a kind that is on for a pair."""
        for item in self.active:
            if item.fault.kind == kind and (pair is None or item.fault.pair in (None, pair)):
                return item
        return None

    def struck(self, item: ActiveFault) -> None:
        """Count a fault that has done something."""
        item.hits += 1
        self.hits_of[item.fault.kind] = self.hits_of.get(item.fault.kind, 0) + 1

    def hits(self, item: ActiveFault, stream: str, pair: str, kind: str = "") -> bool:
        """Decide whether a frame fault hits this frame; frames are counted per stream."""
        fault = item.fault
        if fault.frames is not None and sort_of(kind) != fault.frames:
            return False
        if (fault.pair not in (None, pair)) or (fault.stream is not None and fault.stream not in stream):
            return False
        if fault.budget is not None and item.hits >= fault.budget:
            return False
        item.seen[stream] = item.seen.get(stream, 0) + 1
        hit = item.seen[stream] % fault.every == 0
        if hit and fault.probability is not None:
            hit = self._random.random() < fault.probability
        if hit:
            self.struck(item)
        return hit

    def describe(self, now: float) -> list[dict[str, Any]]:
        """The faults that are on and waiting, for the control endpoint."""
        on = [{"kind": item.fault.kind, "on": True, "left": _left(item.until - now), "hits": item.hits}
              for item in self.active]  # fmt: skip
        return on + [{"kind": fault.kind, "on": False, "at": fault.at} for fault in self._waiting]


def sort_of(kind: str) -> str:
    """What a publication's kind is to a fault that names its frames."""
    return "book" if kind in ("diff", "book", "snapshot") else kind


def _left(seconds: float) -> float | None:
    return None if seconds == FOR_EVER else round(seconds, 3)
