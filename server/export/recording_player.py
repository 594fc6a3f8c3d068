"""Plays a recording at full speed into a format's writer."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .. import clock
from ..analytics.intervals import Interval
from ..analytics.settings import AnalyticsSettings
from ..clock import PlayedClock
from ..config import Config
from ..market.market import Market
from ..model import Instrument, Pair
from ..neighbours import recording
from ..replay.played_run import PlayedRun
from ..replay.player import Player
from ..replay.stage import ReplayApp
from .change_listener import ChangeListener
from .sink import Sink

EACH_RECORD = 0
"""Nanoseconds between two publications: changes are taken after each record, so that each one has its own time."""


def play_into(
    sink: Sink,
    records: Iterable[recording.Record],
    run: PlayedRun,
    *,
    begin: int = 0,
    stop: Callable[[], bool] = lambda: False,
) -> list[str]:
    """Hands all that the recording has of the run's pairs and venues to the sink, from `begin` (nanoseconds UTC) on.

    Returns what the recording itself says that is missing. Raises what the sink raises.
    """
    played = PlayedClock()
    played.install()
    # What is computed of books and trades is not exported: as little of it as there can be.
    settings = AnalyticsSettings(intervals=(Interval.parse("1d"),), history=0)
    config = Config(pairs=tuple(map(Pair.parse, run.pairs)), venues=tuple(run.venues), port=0, analytics=settings)
    app = ReplayApp(config, run, played, serves=False)
    app.step = EACH_RECORD

    def instrument(venue: str, market: Market) -> Instrument | None:
        feed = app.feed(venue)
        listing = feed.listings.get(market.pair) if feed is not None else None
        return listing.instrument if listing is not None else None

    listener = ChangeListener(sink, instrument, begin)
    app.dispatcher.listen(listener)
    player = Player(app, played, app.errands, app.check)
    try:
        player.play(records, 0, lambda: listener.error is not None or stop())
    finally:
        listener.close()
        app.stop()
        clock.restore()
    if listener.error is not None:
        raise listener.error
    return player.lost
