"""What a server cannot hold although a day file can: found here, as a server would refuse whole batches."""

from __future__ import annotations

from ..history.day_file import Entry
from ..history.errors import NumberError
from ..history.markets import Market
from ..history.schema import COLUMNS, Kind

NAME, TRADE_ID, DETAIL, INTERVAL = 100, 255, 700, 8
"""Most characters, as in metadata.py."""
_TEXTS = {
    Kind.TRADE: {"trade_id": TRADE_ID},
    Kind.TRADE_GAP: {"after_id": TRADE_ID, "before_id": TRADE_ID},
    Kind.STATUS: {"detail": DETAIL},
    Kind.CANDLE: {"interval": INTERVAL},
}
_PLACES = {
    kind: [(COLUMNS[kind].split(", ").index(name), name, most) for name, most in texts.items()]
    for kind, texts in _TEXTS.items()
}


class Limits:
    """Remembers the markets that it has checked."""

    def __init__(self) -> None:
        self._markets: set[Market] = set()

    def check(self, kind: Kind, entry: Entry) -> None:
        """Raises NumberError for a row that a server cannot hold."""
        market, values = entry
        if market not in self._markets:
            for name in market[:4]:
                _check(name, "a name of a market", NAME)
            self._markets.add(market)
        for place, name, most in _PLACES.get(kind, ()):
            if values[place] is not None:
                _check(values[place], name, most)


def _check(text: str, name: str, most: int) -> None:
    if len(text) > most or "\0" in text:
        raise NumberError(f"{name} {text!a:.80} has more than {most} characters, or a NUL, which a server cannot hold")
