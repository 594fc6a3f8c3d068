"""The best level of a market, whatever venues come and go between two looks at it."""

from __future__ import annotations

from decimal import Decimal

from server.market.live_view import LiveView
from server.market.market import Market

from .books import fill, market


def best(view: LiveView, kept: Market) -> tuple[int | None, int | None]:
    """Prices of the best bid and ask."""
    with kept.consistency_lock:
        made = view.refreshed()
    assert len(made.bids) <= 1
    assert len(made.asks) <= 1
    return (made.bids[0][0] if made.bids else None, made.asks[0][0] if made.asks else None)


def test_the_best_level_follows_books_and_venues() -> None:
    kept = market("BTC/USDT", "alpha")
    view = LiveView(kept)
    assert best(view, kept) == (None, None)
    fill(kept, "alpha", "99", "101")
    assert best(view, kept) == (99, 101)
    kept.add_venue("beta")
    fill(kept, "beta", "98", "100")
    assert best(view, kept) == (99, 100)
    kept.remove_venue("alpha")
    assert best(view, kept) == (98, 100)
    kept.remove_venue("beta")
    assert best(view, kept) == (None, None)


def test_a_choice_of_venues_and_a_least_size_hold_when_venues_come() -> None:
    kept = market("BTC/USDT", "alpha", "beta")
    fill(kept, "alpha", "99", "101")
    fill(kept, "beta", "98", "102", "5")
    chosen, large = LiveView(kept, venues=("beta", "gamma")), LiveView(kept, dust=Decimal(2))
    assert best(chosen, kept) == best(large, kept) == (98, 102)
    kept.add_venue("gamma")
    fill(kept, "gamma", "97", "100")
    assert best(chosen, kept) == (98, 100), "it was named before it came"
    assert best(large, kept) == (98, 102)


def test_a_book_that_is_loaded_anew_is_seen() -> None:
    kept = market("BTC/USDT", "alpha")
    fill(kept, "alpha", "99", "101")
    view = LiveView(kept)
    assert best(view, kept) == (99, 101)
    fill(kept, "alpha", "", "103")
    assert best(view, kept) == (None, 103)
