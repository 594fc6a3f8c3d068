"""What a recording has, and the part of it that is to be played."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from ..errors import ConfigError
from ..logs import about
from ..model import Pair
from ..neighbours import recording
from ..suggestions import did_you_mean
from ..venues import VENUES
from .plan_of import PlanError
from .played_run import PlayedRun

log = logging.getLogger(__name__)

NEVER = 1 << 62


def recorded_run(path: Path, end: int | None = None) -> PlayedRun:
    """What all runs of a recording had together, up to `end` (nanoseconds UTC). Raises PlanError for a recording
    without one."""
    found = [
        PlayedRun.of(record.body)
        for record in recording.read(path, start=NEVER, report=lambda _words: None)
        if record.kind == recording.Kind.RUN and (end is None or record.time < end)
    ]
    if not found:
        raise PlanError(f"{path} says nothing of the server that made it: there is no RUN record")
    pairs = dict.fromkeys(pair for run in found for pair in run.pairs)
    return PlayedRun(tuple(pairs), {name: venue for run in reversed(found) for name, venue in run.venues.items()})


def chosen_part(run: PlayedRun, pairs: Sequence[str], venues: str) -> PlayedRun:
    """The run with these pairs, and these venues (names with commas between them) alone; none: all that there are.

    Raises ConfigError for a pair or a venue that the run does not have.
    """
    known = [name for name in run.venues if name in VENUES]
    for name in set(run.venues) - set(known):
        log.warning("the recording has %.40s, which this onebook does not know", name, extra=about("replay"))
    chosen_pairs = _chosen("pair", [str(Pair.parse(text)) for text in pairs], list(run.pairs))
    chosen_venues = _chosen("venue", [name.strip() for name in venues.split(",") if name.strip()], known)
    return PlayedRun(tuple(chosen_pairs), {name: run.venues[name] for name in chosen_venues})


def _chosen(what: str, wanted: list[str], known: list[str]) -> list[str]:
    for each in wanted:
        if each not in known:
            raise ConfigError(f"the recording has no {what} {each!r:.60}{did_you_mean(each, known)}")
    return wanted or known
