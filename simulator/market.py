"""The generated market: the hidden prices and the market of every pair at every venue, stepped together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .generator import Profile, Tick, VenueMarket
from .instruments import Instrument, Pair
from .reference import References


@dataclass(frozen=True)
class VenueTerms:
    """What a venue contributes to the market: its instruments and its liveliness."""

    venue: str
    instruments: tuple[Instrument, ...]
    profile: Profile


class Market:
    """All venues' books. The same seed and number of steps give the same books and trades.

    `coupled` venues follow one price with small noise, as arbitrage has it; else their noise makes them cross often.
    """

    def __init__(
        self,
        terms: Sequence[VenueTerms],
        seed: int,
        step_seconds: float,
        time_us: int,
        coupled: bool = True,
    ) -> None:
        pairs = sorted({instrument.pair for term in terms for instrument in term.instruments})
        self.references = References(pairs, seed, step_seconds)
        self.steps = 0
        self.books: dict[tuple[str, Pair], VenueMarket] = {
            (term.venue, instrument.pair): VenueMarket(
                term.venue, instrument, term.profile, self.references.price(instrument.pair), seed, time_us, coupled
            )
            for term in terms
            for instrument in term.instruments
        }

    def step(self, times_us: Mapping[str, int]) -> dict[str, list[Tick]]:
        """Advance every market one step; `times_us` is each venue's own clock. Returns the ticks by venue."""
        self.references.step()
        self.steps += 1
        ticks: dict[str, list[Tick]] = {}
        for (venue, pair), market in self.books.items():
            tick = market.step(self.references.price(pair), times_us[venue])
            ticks.setdefault(venue, []).append(tick)
        return ticks

    def of_venue(self, venue: str) -> dict[Pair, VenueMarket]:
        """The markets of one venue by pair."""
        return {pair: market for (name, pair), market in self.books.items() if name == venue}
