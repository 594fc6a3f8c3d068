"""What a command says where no venue is live: an empty answer is no answer."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from .message_parts import VenueQuality

_NAMED = 6
"""Venues whose reason is told; more are counted."""


def nothing_live(market: str, venues: Iterable[VenueQuality[Any]]) -> str:
    """The sentence that says so, with each venue's reason; empty where a venue is live, or the server names none."""
    all_of_them = list(venues)
    if not all_of_them or any(venue.live for venue in all_of_them):
        return ""
    reasons = [f"{venue.name} {reason(venue)}" for venue in all_of_them[:_NAMED]]
    if len(all_of_them) > _NAMED:
        reasons.append(f"and {len(all_of_them) - _NAMED} more")
    return f"no venue of {market} is live: {'; '.join(reasons)}"


def reason(venue: VenueQuality[Any]) -> str:
    """A venue's state, and why it is withdrawn."""
    state = venue.state.name.lower().replace("_", " ")
    return f"is {state}, {venue.detail}" if venue.detail else f"is {state}"


def report(prog: str, market: str, venues: Iterable[VenueQuality[Any]]) -> bool:
    """Says on stderr that nothing is live; returns whether that is so."""
    words = nothing_live(market, venues)
    if words:
        print(f"{prog}: {' '.join(words.split())}", file=sys.stderr, flush=True)
    return bool(words)
