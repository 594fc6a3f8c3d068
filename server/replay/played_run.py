"""What a recording says of the server that made it: the settings on which its books depend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..neighbours import recording
from .plan_of import PlanError


@dataclass(frozen=True, slots=True)
class VenueRun:
    """How one venue was read."""

    book: str
    levels: int
    audit: float
    checks: bool


@dataclass(frozen=True, slots=True)
class PlayedRun:
    """One RUN record."""

    pairs: tuple[str, ...]
    venues: Mapping[str, VenueRun]

    @classmethod
    def of(cls, body: bytes) -> PlayedRun:
        """Reads a RUN record. Raises PlanError."""
        try:
            read: dict[str, Any] = recording.bodies.unpacked(body)
            venues = {
                name: VenueRun(str(each["book"]), int(each["levels"]), float(each["audit"]), bool(each["checks"]))
                for name, each in read["venues"].items()
            }
            return cls(tuple(map(str, read["pairs"])), venues)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise PlanError(f"the recording's settings cannot be read: {error!r:.120}") from error
