"""What of a recording is played: the settings of its runs, and the markets and venues that are wanted."""

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


def run_records(path: Path, end: int | None) -> list[recording.Record]:
    """The RUN records of the recording before `end` (nanoseconds UTC). Raises PlanError where there are none."""
    found = [
        record
        for record in recording.read(path, start=NEVER)
        if record.kind == recording.Kind.RUN and (end is None or record.time < end)
    ]
    if not found and path.is_dir() and not recording.segments(path):
        raise PlanError(f"there is no recording in {path}")
    if not found:
        raise PlanError(f"{path} says nothing of the server that made it: there is no RUN record")
    return found


def runs_together(path: Path, end: int | None = None) -> PlayedRun:
    """What all runs of the recording before `end` (nanoseconds UTC) had together. Raises PlanError for a recording
    without one."""
    found = [PlayedRun.of(record.body) for record in run_records(path, end)]
    pairs = dict.fromkeys(pair for run in found for pair in run.pairs)
    return PlayedRun(tuple(pairs), {name: venue for run in reversed(found) for name, venue in run.venues.items()})


def chosen_pairs(wanted: Sequence[str], run: PlayedRun) -> list[str]:
    """The wanted pairs, or all of the recording. Raises ConfigError for a pair that the recording does not have."""
    return _chosen("pair", [str(Pair.parse(text)) for text in wanted], list(run.pairs))


def chosen_venues(wanted: str, run: PlayedRun) -> list[str]:
    """The wanted venues, in a list with commas, or all of the recording. Raises ConfigError for a venue that the
    recording does not have."""
    known = [name for name in run.venues if name in VENUES]
    for name in sorted(set(run.venues) - set(known)):
        log.warning("the recording has %.40s, which this onebook does not know", name, extra=about("replay"))
    return _chosen("venue", [name.strip() for name in wanted.split(",") if name.strip()], known)


def chosen_part(run: PlayedRun, pairs: Sequence[str], venues: str) -> PlayedRun:
    """The run with these pairs and these venues alone. Raises ConfigError."""
    names = chosen_venues(venues, run)
    return PlayedRun(tuple(chosen_pairs(pairs, run)), {name: run.venues[name] for name in names})


def _chosen(what: str, wanted: list[str], known: list[str]) -> list[str]:
    for each in wanted:
        if each not in known:
            raise ConfigError(f"the recording has no {what} {each!r:.60}{did_you_mean(each, known)}")
    return wanted or known
