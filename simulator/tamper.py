"""Frame faults at work: publications go in, what the venue's clients get comes out."""

import random
import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from .desk import ActiveFault, FaultDesk
from .exchange import Publication, RestAnswer
from .faults import CORRUPTIONS
from .generator import Tick

_ROW = re.compile(r'\["[0-9.]+","[0-9.]+"')
BINARY = b"\x00"  # first byte of a body that is to be sent as a binary frame


class Tamper:
    """Applies one venue's faults. Keeps the frames that are held back."""

    def __init__(self, desk: FaultDesk, seed: int) -> None:
        self._desk = desk
        self._random = random.Random(f"{seed}/tamper")
        self._swapped: dict[str, Publication] = {}
        self._stalled: list[Publication] = []
        self._mode = 0
        self._may_hold = True

    def ticks(self, ticks: list[Tick]) -> list[Tick]:
        """Add the levels of ghost faults to the updates."""
        ghosts = [item for item in self._desk.active if item.fault.kind == "ghost"]
        for item in ghosts:
            ticks = [self._ghost(item, tick) for tick in ticks]
        return ticks

    def _ghost(self, item: ActiveFault, tick: Tick) -> Tick:
        if not (tick.bids or tick.asks):
            return tick
        if not self._desk.hits(item, tick.market.instrument.symbol, str(tick.market.instrument.pair)):
            return tick
        bids = tick.market.book.bids
        price = (bids.best() or 2) - 1
        while price in bids.sizes or price in tick.bids:
            price -= 1
        return replace(tick, bids={**tick.bids, price: 10**tick.market.instrument.lot_decimals})

    def frames(self, publications: Iterable[Publication]) -> list[Publication]:
        """What is sent instead of these publications."""
        if not self._desk.active and not self._swapped and not self._stalled:
            return list(publications)
        sent: list[Publication] = []
        if self._desk.find("stall") is None and self._stalled:
            sent, self._stalled = self._stalled, []
        for publication in publications:
            sent += self._one(publication)
        return sent

    def _one(self, publication: Publication) -> list[Publication]:
        held = self._swapped.pop(publication.stream, None)
        self._may_hold = held is None
        out = [publication]
        for item in self._desk.active:
            out = [result for one in out for result in self._apply(item, one)]
        return out if held is None else [*out, held]

    def _apply(self, item: ActiveFault, one: Publication) -> list[Publication]:
        kind, fault = item.fault.kind, item.fault
        if kind in ("silence", "stall"):
            if fault.pair not in (None, one.pair):
                return [one]
            if kind == "stall":
                self._stalled.append(one)
            return []
        if kind == "lose" and one.kind != "diff":
            return [one]
        action = self._ACTIONS.get(kind)
        if action is None or not self._desk.hits(item, one.stream, one.pair):
            return [one]
        return action(self, item, one)

    def _reorder(self, one: Publication) -> list[Publication]:
        """Hold a frame back until the next one of its stream has gone."""
        if not self._may_hold:
            return [one]
        self._swapped[one.stream] = one
        return []

    def _corrupt(self, item: ActiveFault, one: Publication) -> list[Publication]:
        mode = item.fault.mode
        if mode is None:
            mode = CORRUPTIONS[self._mode % len(CORRUPTIONS)]
            self._mode += 1
        return [one.altered(lambda text: spoil(text, mode))]

    @staticmethod
    def _oversize(item: ActiveFault, one: Publication) -> list[Publication]:
        size = item.fault.size
        return [one.altered(lambda text: (text[0] + " " * max(0, size - len(text.encode())) + text[1:]).encode())]

    _ACTIONS: dict[str, Callable[["Tamper", ActiveFault, Publication], list[Publication]]] = {
        "drop": lambda *_: [],
        "lose": lambda *_: [],
        "duplicate": lambda _self, _item, one: [one, one],
        "reorder": lambda self, _item, one: self._reorder(one),
        "corrupt": lambda self, item, one: self._corrupt(item, one),
        "oversize": lambda self, item, one: self._oversize(item, one),
    }


def spoil(text: str, mode: str) -> bytes:
    """A frame's text, spoiled. A frame without levels cannot have a bad level: it is truncated instead."""
    if mode == "garbage":
        return ("\x01\x02 not json {" + text[: len(text) // 3]).encode()
    if mode == "bytes":
        return b"\xff\xfe\xc3" + text[: len(text) // 2].encode()
    if mode == "binary":
        return BINARY + text.encode()
    row = {"types": '[true,{"x":null}', "negative": None, "digits": None}.get(mode, "")
    match = _ROW.search(text)
    if match is None or row == "":
        return text[: max(1, len(text) * 2 // 3)].encode()
    if row is None:
        price = match[0].split(",")[0]
        row = price + (',"-1.00000000"' if mode == "negative" else ',"0.' + "1234567890" * 6 + '"')
    return (text[: match.start()] + row + text[match.end() :]).encode()


def spoil_answer(answer: RestAnswer, mode: str) -> RestAnswer:
    """A REST answer, spoiled."""
    text = answer.payload().decode()
    bodies = {
        "truncate": text[: len(text) // 2],
        "garbage": "\x01\x02 not json {" + text[:20],
        "html": "<html><body><h1>Just a moment...</h1></body></html>",
        "empty": "",
    }
    return RestAnswer(answer.status, bodies[mode], answer.headers)
