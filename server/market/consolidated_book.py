"""One base in several quote currencies: the books of other markets, converted into this one's, merged with its own."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from decimal import Decimal

from orderbook_ext import BookStatus, ConsolidatedView

from .market import Market
from .rates import Conversion, Rate


@dataclass(frozen=True, slots=True)
class Foreign:
    """The same base in another quote currency."""

    market: Market
    rate: Rate


class ConsolidatedBook:
    """A view of a market's venues and of those of `foreign` markets. It belongs to one thread at a time."""

    def __init__(
        self,
        market: Market,
        foreign: Sequence[Foreign],
        levels: int,
        dust: Decimal,
        venues: Sequence[str],
        vwap_levels: int,
    ) -> None:
        self.market = market
        self.conversions: tuple[Conversion, ...] = ()
        """Of the last refresh, one a foreign market."""
        self._foreign = tuple(foreign)
        self._levels, self._dust, self._venues, self._vwap_levels = levels, dust, tuple(venues), vwap_levels
        involved = {market, *(each.market for each in foreign), *(each.rate.market for each in foreign)}
        self.follows = tuple(sorted(involved, key=lambda each: each.name))
        """The markets that it reads, in the order of their names."""
        self._known: list[dict[str, BookStatus]] = []
        self.names: tuple[str, ...] = ()
        """Of the venues, in the order of their indexes."""
        self.currencies: tuple[str, ...] = ()
        """One a venue; empty is the market's own."""
        self.view = self._make()

    def source(self, currency: str) -> Market:
        """The market of a currency; empty is the view's own."""
        found = (each.market for each in self._foreign if each.market.pair.quote == currency)
        return next(found, self.market)

    def consistency_locks(self) -> AbstractContextManager[object]:
        """Holds all consistency locks at once, in an order that all keep."""
        if len(self.follows) == 1:
            return self.market.consistency_lock
        with ExitStack() as stack:
            for market in self.follows:
                stack.enter_context(market.consistency_lock)
            return stack.pop_all()

    def refresh(self) -> None:
        """Merges anew, with the rates of now; the consistency locks are held. Raises orderbook_ext.BookError."""
        if self._outdated() and not self.orphaned:
            self.view = self._make()
        if self._foreign:
            self._refresh_rates()
        self.view.refresh()

    def _outdated(self) -> bool:
        """Whether venues have come or gone."""
        if not self._foreign:
            return self.market.entries is not self._known[0]
        return any(each.entries is not known for each, known in zip(self._sources(), self._known, strict=True))

    def _refresh_rates(self) -> None:
        self.conversions = tuple(each.rate.now() for each in self._foreign)
        by_currency = {conversion.currency: conversion for conversion in self.conversions}
        for place, currency in enumerate(self.currencies):
            if currency:
                self._convert(place, by_currency[currency])

    @property
    def orphaned(self) -> bool:
        """Whether the view names venues and the market has none of them any more."""
        return bool(self._venues) and all(each.entries.keys().isdisjoint(self._venues) for each in self._sources())

    def _convert(self, place: int, conversion: Conversion) -> None:
        bid, ask = conversion.bid, conversion.ask
        if bid is None or ask is None or conversion.trouble:
            self.view.suspend(place)
        else:
            self.view.set_rate(place, min(bid, ask), max(bid, ask))

    def _sources(self) -> list[Market]:
        return [self.market, *(each.market for each in self._foreign)]

    def _make(self) -> ConsolidatedView:
        sources = self._sources()
        self._known = [each.entries for each in sources]
        wanted = [
            (name, entry, "" if source is self.market else source.pair.quote)
            for source in sources
            for name, entry in source.entries.items()
            if not self._venues or name in self._venues
        ]
        self.names = tuple(name for name, _, _ in wanted)
        self.currencies = tuple(currency for _, _, currency in wanted)
        return ConsolidatedView(
            self.market.name,
            [entry for _, entry, _ in wanted],
            levels=self._levels,
            dust=self._dust,
            vwap_levels=self._vwap_levels,
            currencies=self.currencies,
        )
