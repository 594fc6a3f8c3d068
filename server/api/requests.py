"""Requests into choices: every field is checked, defaults are filled in, limits are applied, names are looked up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ..errors import ConfigError
from ..market.consolidated_book import Foreign
from ..market.market import DEFAULT_VWAP_LEVELS, Market
from ..market.rates import rate_between
from ..model import Pair, by_spelling
from ..names import folded, spelled
from ..publish.topics import BookChoice
from ..request_errors import invalid, not_found
from ..request_fields import decimal_of
from ..suggestions import nearest, suggest

INTERVALS = (0, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
"""Milliseconds; a request is rounded up to one of these, so that subscribers share topics."""
MAX_NAMES = 64


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """The limits of a request."""

    levels: int = 1000
    streams: int = 1000
    topics: int = 1000


class RequestReader:
    """Looks requests up in what this server has at the time. The first market of all is and stays the default."""

    def __init__(self, markets: Mapping[Pair, Market], levels: int, dust: Decimal, limits: RequestLimits) -> None:
        self._markets = markets
        self._default = next(iter(markets.values()))
        self._levels = levels
        self._dust = dust
        self._limits = limits

    @property
    def markets(self) -> list[Market]:
        """All markets, the default first."""
        return list(self._markets.values())

    @property
    def default_market(self) -> Market:
        """The market of requests that name none."""
        return self._default

    @property
    def default_choice(self) -> BookChoice:
        """The book of the server's own options."""
        return BookChoice(self._levels, self._dust)

    def market(self, name: str) -> Market:
        """The market of this name. Raises RequestError."""
        if not name:
            return self._default
        try:
            pair = Pair.parse(name)
        except ConfigError as error:
            raise invalid("market", str(error)) from None
        market = by_spelling(self._markets, pair)
        if market is None:
            raise not_found("market", str(pair), suggest(pair, list(self._markets)))
        return market

    def choice(
        self,
        market: Market,
        levels: int,
        venues: Sequence[str],
        dust: str | None,
        vwap_levels: int = 0,
        currencies: Sequence[str] = (),
    ) -> BookChoice:
        """A consolidated book. Raises RequestError."""
        return BookChoice(
            levels=self._count("levels", levels, self._levels),
            dust=self._dust if dust is None else decimal_of("dust", dust),
            venues=self.venues(market, venues),
            vwap_levels=self._count("vwap_levels", vwap_levels, DEFAULT_VWAP_LEVELS),
            currencies=tuple(each.market.pair.quote for each in self.foreign(market, currencies)),
        )

    def foreign(self, market: Market, currencies: Sequence[str]) -> tuple[Foreign, ...]:
        """The markets of the same base in these quote currencies, with their rates. Raises RequestError."""
        if len(currencies) > MAX_NAMES:
            raise invalid("quote_currencies", f"at most {MAX_NAMES} names are taken, were {len(currencies)}")
        names = dict.fromkeys(spelled(name.strip()) for name in currencies)
        wanted = [name for name in names if folded(name) != folded(market.pair.quote)]
        return tuple(self._foreign(market, name) for name in wanted)

    def _foreign(self, market: Market, currency: str) -> Foreign:
        base, quote = market.pair.base, market.pair.quote
        other = by_spelling(self._markets, Pair(base, currency))
        if other is None:
            raise invalid(
                "quote_currencies", f"this server has no market {base}/{currency[:20]}; start it with that pair"
            )
        rate = rate_between(self._markets, currency, quote)
        if rate is None:
            raise invalid(
                "quote_currencies",
                f"this server has no rate between {currency} and {quote}; start it with {currency}/{quote}",
            )
        return Foreign(other, rate)

    def venue_choice(self, market: Market, venue: str, levels: int) -> BookChoice:
        """One venue's book, without a dust filter. Raises RequestError."""
        if not venue:
            raise invalid("venue", f"was empty; this market has {', '.join(market.venues)}")
        return BookChoice(self._count("levels", levels, self._levels), Decimal(0), (self._venue(market, venue),))

    def venues(self, market: Market, names: Sequence[str]) -> tuple[str, ...]:
        """The venues asked for in the market's order. To name them all is not to name none: more may be added."""
        if len(names) > MAX_NAMES:
            raise invalid("venues", f"at most {MAX_NAMES} names are taken, were {len(names)}")
        wanted = {self._venue(market, name) for name in names}
        return tuple(name for name in market.venues if name in wanted)

    def venue(self, market: Market, name: str) -> str:
        """One venue's name, or empty for all venues. Raises RequestError."""
        return self._venue(market, name) if name else ""

    @staticmethod
    def interval(milliseconds: int) -> float:
        """Seconds between messages, rounded up to a shared step. Raises RequestError."""
        for step in INTERVALS:
            if milliseconds <= step:
                return step / 1000
        raise invalid("min_interval_ms", f"at most {INTERVALS[-1]} is taken, was {milliseconds}")

    @staticmethod
    def _venue(market: Market, name: str) -> str:
        if name not in market.entries:
            raise not_found("venue", name[:40], nearest(name, market.venues))
        return name

    def _count(self, field: str, value: int, default: int) -> int:
        if value > self._limits.levels:
            raise invalid(field, f"at most {self._limits.levels} levels are served, were {value}")
        return value or default
