"""A server whose feeds are a recording's: the same markets, analytics, topics and transports."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence

from .. import backoff
from ..app import App, Stop
from ..clock import PlayedClock
from ..config import Config
from ..errors import OnebookError
from ..feed.feed_options import FeedOptions
from ..logs import about
from ..market.feed_listener import FeedListener
from ..market.market import Market
from ..model import Pair
from ..operations import Operations
from ..protocol.venue import Endpoint
from ..units import SECOND
from ..venues import VENUES
from .errands import Errands
from .late_listener import LateListener
from .played_feed import PlayedFeed
from .played_history import PlayedHistory
from .played_rest import Reply
from .played_run import PlayedRun
from .replay_fault import InjectedFault, ReplayFault, VenueFaults
from .state_check import StateCheck

log = logging.getLogger(__name__)

_NOWHERE = Endpoint("", "")
WATCHED_STEP = 1_000_000
"""Live, whatever has changed is published at once: a thousandth of a second is about as much."""
UNWATCHED_STEP = SECOND
"""Where nobody can look, what is made of the books (averages, candles) has no use for more."""


class ReplayApp(App):
    """The stage of a player. The player's thread does what the dispatcher's thread does live."""

    def __init__(
        self,
        config: Config,
        run: PlayedRun,
        played: PlayedClock,
        *,
        serves: bool,
        history: PlayedHistory | None = None,
        faults: Sequence[ReplayFault] = (),
        begin: int = 0,
    ) -> None:
        """`run` says how the venues were read; `serves`: whether clients are served; `history` is built meanwhile;
        `faults` are put on the messages from `begin` (nanoseconds UTC) on. Nobody hears of what is before open()."""
        self.errands: Errands[Reply] = Errands(lambda: played.elapsed)
        self.check = StateCheck()
        self._after_turn: Callable[[], None] = (lambda: None) if history is None else history.turn
        # A pause that is drawn anew may be longer than the live one: the answer would come before the question. With
        # the shortest pauses questions wait for their answers, and each replay takes the same course.
        backoff.draw = backoff.least
        self.step = WATCHED_STEP if serves else UNWATCHED_STEP
        self._runs = run
        self._faults, self._begin = faults, begin
        self._late: list[LateListener] = []
        """Of all feeds, until open()."""
        self._waiting: list[PlayedFeed] = []
        """Feeds that ask for the past from open() on."""
        self._open = False
        super().__init__(config, port=serves, history=history)
        self.operations = Operations(self.registry, self.server.report, self.server.threads, reaches=False)
        for market in self.markets.values():
            self.check.follow(market.name, market.entries)

    def _feed(self, name: str, markets: Mapping[Pair, Market]) -> PlayedFeed:
        listener: FeedListener = self.dispatcher
        if not self._open:
            late = LateListener(self.dispatcher)
            self._late.append(late)
            listener = late
        return PlayedFeed(
            VENUES[name](), self._options(name), markets, listener, self.analytics, self._kept, self.errands,
            VenueFaults(name, self._faults, self._begin), late=self._begin > 0,
        )  # fmt: skip

    def _options(self, name: str) -> FeedOptions:
        run = self._runs.venues.get(name)
        if run is None:
            return FeedOptions(_NOWHERE, VENUES[name].BOOK_MODES[0], self.config.book_levels)
        return FeedOptions(_NOWHERE, run.book, run.levels, audit=run.audit, checks=run.checks)

    def start(self, stop: Stop) -> None:  # noqa: ARG002
        """Serves; feeds begin with the recording."""
        self.operations.start()
        self.server.start()
        self.token_watch.start()

    def stop(self) -> None:
        """Ends streams with a status, then errands and feeds."""
        self.errands.stop()
        super().stop()
        backoff.draw = None

    # -- of a player's stage ---------------------------------------------------------------------------------------

    def begin(self, run: PlayedRun) -> None:
        """A server began to record: its feeds begin to ask for the past."""
        self._runs = run
        for name in self.feeds:
            if (feed := self.feed(name)) is not None:
                feed.read_as(self._options(name))
                if self._open:
                    feed.start()
                else:
                    self._waiting.append(feed)

    def open(self, begin: int) -> None:
        """From now on the replay is heard, counted and compared: its books are right, and all else begins; `begin` is
        0 at the start of the recording."""
        self._open = True
        for late in self._late:
            late.open()
        self._late.clear()
        if begin:
            self.check.begin(begin)
        for feed in self._waiting:
            feed.start()
        self._waiting.clear()

    def command(self, name: str, venue: str, pair: str) -> None:
        """A command to the recorded server. One that cannot be repeated (its market is left out) has no effect."""
        commands: dict[str, Callable[[], object]] = {
            "market_added": lambda: self.registry.add_market(Pair.parse(pair)),
            "market_removed": lambda: self.registry.remove_market(Pair.parse(pair)),
            "venue_added": lambda: self.registry.add_venue(venue),
            "venue_removed": lambda: self.registry.remove_venue(venue),
        }
        try:
            if name in commands:
                commands[name]()
            elif (feed := self.feed(venue)) is not None:
                feed.command(name, Pair.parse(pair) if pair else None)
        except OnebookError as error:
            log.info("the command %s was left out: %s", name, error, extra=about("replay"))
        for market in list(self.markets.values()):
            self.check.follow(market.name, market.entries)

    def feed(self, venue: str) -> PlayedFeed | None:
        """The feed of a venue; None where it is left out."""
        feed = self.feeds.get(venue)
        return feed if isinstance(feed, PlayedFeed) else None

    def turn(self, wait: float) -> None:
        """Publishes what has changed, after waiting at most this number of seconds for a change."""
        self.dispatcher.turn(wait)
        self._after_turn()

    @property
    def injected(self) -> list[InjectedFault]:
        """The faults that have hit so far, in the order of their times."""
        feeds = [feed for name in self.feeds if (feed := self.feed(name)) is not None]
        return sorted((each for feed in feeds for each in feed.faults.injected), key=lambda each: each.time)

    @property
    def faults_left(self) -> int:
        """How many have not hit."""
        return sum(feed.faults.remaining for name in self.feeds if (feed := self.feed(name)) is not None)

    @property
    def watched(self) -> bool:
        """Whether somebody has opened a stream."""
        return any(market.watched for market in self.markets.values())
