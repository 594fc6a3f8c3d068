"""What a venue lists, in a table: how symbols are written, and how fine prices and sizes are."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field

from .generator import Profile
from .instruments import Instrument, Pair, lot_decimals, tick_decimals
from .market import VenueTerms


@dataclass(frozen=True, kw_only=True)
class Listing:
    """The spot pairs of a venue.

    `symbol` is a template of base and quote. `ticks` and `lots` are decimals by base asset, for pairs quoted in cash;
    other ticks are near `tick` times the price, other sizes have `lot` decimals. `quotes`: the venue has pairs in these
    assets alone, `without`: in none of these.
    """

    symbol: str = "{base}{quote}"
    ticks: Mapping[str, int] = field(default_factory=dict)
    tick: float = 1e-5
    most: int = 8
    lots: Mapping[str, int] = field(default_factory=dict)
    lot: int = 8
    quotes: Container[str] | None = None
    without: Container[str] = ()
    profile: Profile = field(default_factory=Profile)

    def terms(self, venue: str, pairs: Sequence[Pair]) -> VenueTerms:
        """The venue's part in the generated market."""
        listed = [
            pair
            for pair in pairs
            if (self.quotes is None or pair.quote in self.quotes) and pair.quote not in self.without
        ]
        return VenueTerms(venue, tuple(map(self.instrument, listed)), self.profile)

    def instrument(self, pair: Pair) -> Instrument:
        """How the venue lists a pair."""
        tick = tick_decimals(pair, self.ticks, self.tick, most=self.most)
        lot = lot_decimals(pair, self.lots.get(pair.base, self.lot))
        return Instrument(pair, self.symbol.format(base=pair.base, quote=pair.quote), tick, lot, tick, lot)
