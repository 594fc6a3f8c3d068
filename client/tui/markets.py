"""The server's markets, for the key that switches between them."""

from __future__ import annotations

from collections.abc import Iterator

from ..sync import Client


class MarketNames:
    """A source of one message: the names of the markets that the server keeps, its first one first."""

    missed = 0

    def __init__(self, client: Client) -> None:
        self._client = client

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        yield tuple(market.name for market in self._client.markets())

    def close(self) -> None:
        """The call ends by itself."""


def neighbour(names: tuple[str, ...], current: str, step: int) -> str:
    """The market that is `step` places behind the current one, around the end; the current one if it is alone."""
    if not names:
        return current
    place = names.index(current) if current in names else -step
    return names[(place + step) % len(names)]
