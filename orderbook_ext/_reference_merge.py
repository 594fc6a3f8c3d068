"""A merge of many books in plain Python, and the prices made of it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ._reference_book import sum_levels
from ._reference_book_status import digest_of
from ._reference_fit import Fit
from ._reference_slot import Scales, Slot
from .digest import market_digest
from .model import LIVE, MAX_MANTISSA, SUSPECT, VWAP_DECIMALS, Number, SideVwap

Merged = tuple[int, int, int]  # price, size, number of the venue
SPREAD_UNITS = 10**8


@dataclass
class VenueState:
    """One VenueQuality, as of the last refresh; extremes at the view's price scale."""

    name: str
    currency: str
    state: int
    detail: str
    times: tuple[int, int, int]  # exchange, receive, receive by the monotonic clock
    sequence: int
    counters: tuple[int, int, int, int]  # resyncs, gaps, checksums verified, checksum failures
    proofs: tuple[int, ...]  # unverified, audits, bid match, ask match, ghosts, missing
    trades_state: int
    clock: tuple[int, int]  # offset, uncertainty
    whole: bool = False
    extremes: tuple[int, int] = (0, 0)
    counts: tuple[int, int] = (0, 0)
    held: bool = False
    digest: int = 0  # of its book; 0: not merged


@dataclass
class Merge:
    """The state a refresh made."""

    market: str
    scales: Scales
    sides: tuple[list[Merged], list[Merged]]
    shown: tuple[list[Merged], list[Merged]]
    venues: list[VenueState]
    vwaps: tuple[SideVwap, SideVwap]
    times: tuple[int, int]  # exchange, receive
    spread: int | None
    mid: int | None
    proved: tuple[int, int]

    @property
    def digest(self) -> int:
        venues = [(venue.name, venue.sequence, venue.digest) for venue in self.venues if venue.digest]
        return market_digest(self.market, venues)

    @property
    def spread_basis_points(self) -> int | None:
        if self.spread is None or not self.mid:
            return None
        return round(Fraction(self.spread * SPREAD_UNITS * 10, self.mid))

    def prices(self) -> tuple[int, int | None, int | None, int | None, int | None]:
        """Decimals; VWAPs of bids and asks, the mean of both, and the microprice at those."""
        scale = 10**self.scales.price
        bid, ask = (Fraction(side.notional, side.size * scale) if side.size else None for side in self.vwaps)
        mean = (bid + ask) / 2 if bid is not None and ask is not None else None
        exact = bid, ask, mean, self._microprice()
        decimals = max(VWAP_DECIMALS, self.scales.price)
        while True:
            # Fraction rounds half to even
            rounded = [None if value is None else round(value * 10**decimals) for value in exact]
            if all(value is None or value <= MAX_MANTISSA for value in rounded):
                return decimals, rounded[0], rounded[1], rounded[2], rounded[3]
            decimals -= 1

    def _microprice(self) -> Fraction | None:
        if self.spread is None:
            return None
        (bid, bid_size, _), (ask, ask_size, _) = self.sides[0][0], self.sides[1][0]
        return Fraction(bid * ask_size + ask * bid_size, (bid_size + ask_size) * 10**self.scales.price)


def merge(market: str, slots: list[Slot], dust: Number, levels: int, vwap_levels: int) -> Merge:
    """The best levels of all venues now."""
    fit = Fit(slots, dust, max(levels, vwap_levels), vwap_levels)
    sides = fit.sides
    vwaps = sum_levels(sides[0][:vwap_levels]), sum_levels(sides[1][:vwap_levels])
    spread = mid = None
    if sides[0] and sides[1]:
        spread, mid = sides[1][0][0] - sides[0][0][0], (sides[0][0][0] + sides[1][0][0]) * 5
    states = [_state_of(slot, fit) for slot in slots]
    shown = sides[0][:levels], sides[1][:levels]
    proved = _proved(shown[0], states, 0), _proved(shown[1], states, 1)
    newest = max(((s.times[1], s.times[0]) for s in states if s.state == LIVE), default=(0, 0))
    times = (max(newest[1], 0), max(newest[0], 0))
    return Merge(market, fit.scales, sides, shown, states, vwaps, times, spread, mid, proved)


def _proved(shown: list[Merged], states: list[VenueState], side: int) -> int:
    """How many of the shown levels lie where the books of all merged venues are known to be complete."""
    sign = 1 if side == 0 else -1
    ends = [state.extremes[side] for state in states if state.held and not state.whole]
    return sum(all(end and (level[0] - end) * sign >= 0 for end in ends) for level in shown)


def _state_of(slot: Slot, fit: Fit) -> VenueState:
    venue, reason = slot.entry, fit.left_out.get(slot.number)
    state = VenueState(
        venue.name,
        slot.currency,
        venue.state if reason is None else SUSPECT,
        venue.detail if reason is None else reason,
        (venue.exchange_time, venue.receive_time, venue.receive_monotonic),
        venue.sequence,
        (venue.resyncs, venue.gaps, venue.checksums_verified, venue.checksum_failures),
        (int(venue.unverified), *venue.audit),
        venue.trades_state,
        (venue.clock_offset, venue.clock_uncertainty),
    )
    book = slot.book
    if book is not None and reason is None:
        decimals = fit.scales.price
        state.held, state.digest = True, digest_of(book)
        state.whole, state.counts = book.whole, book.counts()
        state.extremes = slot.extreme(book, 0, decimals), slot.extreme(book, 1, decimals)
    return state
