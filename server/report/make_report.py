"""Makes the report of a recording: plays the recording as fast as possible, and looks at the books meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from .. import clock
from ..clock import PlayedClock
from ..config import Config
from ..errors import ConfigError
from ..model import Pair
from ..neighbours import recording
from ..recording.descriptions import onebook_version
from ..replay.player import Player
from ..replay.selection import chosen_pairs, chosen_venues, run_records, runs_together
from .gap_report import SCHEMA, GapReport, Loss, Proof, RecordingFacts
from .recording_facts import recording_facts, without_folder
from .report_stage import ReportStage
from .report_window import ReportWindow


def _nobody(_share: float) -> None:
    """Nobody wants to know how far it is."""


def make_report(
    path: Path,
    begin: int | None = None,
    end: int | None = None,
    pairs: Sequence[str] = (),
    venues: str = "",
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[float], object] = _nobody,
) -> GapReport | None:
    """The report of a recording's folder or segment, from `begin` (included) to `end` (excluded), nanoseconds UTC.

    `pairs` and `venues` (a list with commas) choose a part. `progress` is told the share that was played, 0 to 1, about
    once per second of the recording. None where `stop` ended it early. The process's clock is that of the recording
    meanwhile: nothing else may run in the process that asks for the time. Raises RecordingError and PlanError where
    there is nothing to play, ConfigError for an unknown pair or venue and an empty window.
    """
    run = runs_together(path, end)
    facts = recording_facts(path)
    window = _window(facts, run_records(path, end)[0].time, begin, end)
    names = tuple(chosen_venues(venues, run))
    config = Config(pairs=tuple(map(Pair.parse, chosen_pairs(pairs, run))), venues=names, port=0)
    damage = list(facts.damage)

    def complain(line: str) -> None:
        if (words := without_folder(line, path)) not in damage:
            damage.append(words)

    def told(time: int) -> None:
        progress(min(1.0, max(0.0, (time - facts.begin_ns) / max(1, window.end - facts.begin_ns))))

    played = PlayedClock()
    played.install()
    stage = ReportStage(config, run, played, window)
    try:
        stage.collector.played = told
        player = Player(stage, played, stage.errands, stage.check)
        records: Iterator[recording.Record] = recording.read(path, end=end, report=complain)
        player.play(stage.collector.followed(records), 0, stop)
        if stop():
            return None
        stage.collector.finish()
    finally:
        stage.stop()
        clock.restore()
    losses = tuple(replace(loss, reason=without_folder(loss.reason, path)) for loss in stage.collector.losses)
    return _report(replace(facts, damage=tuple(damage)), losses, window, stage, player)


def _window(facts: RecordingFacts, first: int, begin: int | None, end: int | None) -> ReportWindow:
    """The window, from the first run of a server on."""
    first = max(first, begin if begin is not None else first)
    last = min(facts.end_ns + 1, end if end is not None else facts.end_ns + 1)
    if not facts.records or last <= first:
        raise ConfigError("nothing was recorded in this time")
    return ReportWindow(first, last)


def _report(
    facts: RecordingFacts, losses: tuple[Loss, ...], window: ReportWindow, stage: ReportStage, player: Player
) -> GapReport:
    collector, check = stage.collector, stage.check
    runs = collector.runs
    return GapReport(
        schema=SCHEMA,
        onebook=onebook_version(),
        recording=facts,
        begin_ns=window.begin,
        end_ns=window.end,
        recorded_ns=sum(run.end_ns - run.begin_ns for run in runs),
        part_ns=window.step,
        parts=window.parts,
        runs=runs,
        losses=losses,
        unreadable_records=max(0, len(player.lost) - collector.lost_records),
        proof=Proof(check.equal, check.different, check.missed),
        venues=collector.venues,
    )
