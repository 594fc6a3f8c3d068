"""Which markets are ready: those of which at least one venue's book is live. Pure."""

from __future__ import annotations

from collections.abc import Collection

from .market import Market

DEFAULT = ""
"""The health name of the default market."""
LIVENESS = "liveness"
"""The health name of the process itself."""


class Readiness:
    """Remembers the last report of each market, by its health name, so that only changes are reported."""

    def __init__(self) -> None:
        self._said: dict[str, bool] = {}

    def changes(self, markets: Collection[Market], default: Market) -> dict[str, bool | None]:
        """Names whose readiness changed since the last call; None for a removed market."""
        now = {market.name: ready(market) for market in markets}
        now[DEFAULT] = ready(default)
        changed: dict[str, bool | None] = {name: None for name in self._said if name not in now}
        changed |= {name: serves for name, serves in now.items() if self._said.get(name) is not serves}
        self._said = now
        return changed


def ready(market: Market) -> bool:
    """Whether any venue's book of the market is live."""
    return bool(market.live_venues())
