"""Subscriptions that a venue refuses: it is asked for a symbol that it does not have, and says so in its own words."""

import json
import re
from collections.abc import Iterable
from typing import Any

from .exchange import Close, Exchange, Session
from .instruments import Instrument

# How venues name the streams of each sort in a request.
NAMES = {
    "trade": re.compile(r"trade|match", re.IGNORECASE),
    "book": re.compile(r"book(?!ticker)|depth|level2|l2|obu", re.IGNORECASE),
    "ticker": re.compile(r"ticker|bbo", re.IGNORECASE),
    "interest": re.compile(r"open[-_]?interest|contract_stats", re.IGNORECASE),
}
ANY = re.compile("")


class Refusal:
    """Lets an exchange handle a message as if it did not have one of its instruments."""

    def __init__(self, exchange: Exchange, item: Instrument, frames: str | None) -> None:
        """`frames`: only in subscriptions of this sort; None: in all."""
        self._exchange = exchange
        self._pattern = NAMES[frames] if frames is not None else ANY
        self._symbol = re.compile(re.escape(item.symbol), re.IGNORECASE)
        self.hits = 0

    def receive(self, session: Session, text: str) -> list[str | Close]:
        """What Exchange.receive() answers, with the true symbol in its words."""
        try:
            message = json.loads(text)
        except ValueError:
            return self._exchange.receive(session, text)
        asked = self._without(message, inside=False)
        if asked == message:
            return self._exchange.receive(session, text)
        self.hits += 1
        originals = {foreign(name): name for name in self._symbol.findall(text)}
        answers = self._exchange.receive(session, json.dumps(asked))
        for stream in [stream for stream in session.streams if any(name in stream for name in originals)]:
            del session.streams[stream]  # Venues that accept any name send nothing for it.
        return [answer if isinstance(answer, Close) else _renamed(answer, originals) for answer in answers]

    def _without(self, value: Any, inside: bool) -> Any:
        """The message with a symbol that nobody has, where it names a stream of the sort."""
        if isinstance(value, str):
            if inside or self._pattern.search(value):
                return self._symbol.sub(lambda found: foreign(found[0]), value)
            return value
        if isinstance(value, list):
            return [self._without(each, inside) for each in value]
        if isinstance(value, dict):
            inside = inside or any(
                self._pattern.search(word) for word in _words(value.values()) if not self._symbol.search(word)
            )
            return {key: self._without(each, inside) for key, each in value.items()}
        return value


def foreign(symbol: str) -> str:
    """A symbol of the same form that no simulated venue has."""
    return symbol[0] + ("QX" if symbol[1:3].isupper() else "qx") + symbol[3:]


def _words(values: Iterable[Any]) -> Iterable[str]:
    """The texts among these values, and in lists of them."""
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from (each for each in value if isinstance(each, str))


def _renamed(text: str, originals: dict[str, str]) -> str:
    for name, original in originals.items():
        text = text.replace(name, original)
    return text
