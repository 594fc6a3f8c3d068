"""Frame faults at work: publications go in, what the venue's clients get comes out."""

import re
from collections.abc import Callable, Iterable

from .exchange import Exchange, Publication, RestAnswer
from .fault_schedule import ActiveFault, FaultSchedule, sort_of
from .faults import CORRUPTIONS
from .publication import AGAIN, LOST

BINARY = b"\x00"  # first byte of a body that is to be sent as a binary frame


class FaultInjector:
    """Applies one venue's faults. Keeps the frames that are held back."""

    def __init__(self, faults: FaultSchedule, exchange: Exchange) -> None:
        self._faults = faults
        self._exchange = exchange
        self._swapped: dict[str, Publication] = {}
        self._stalled: list[Publication] = []
        self._mode = 0
        self._may_hold = True

    def frames(self, publications: Iterable[Publication]) -> list[Publication]:
        """What is sent instead of these publications."""
        if not self._faults.active and not self._swapped and not self._stalled:
            return list(publications)
        sent: list[Publication] = []
        if self._faults.find("stall") is None and self._stalled:
            sent, self._stalled = self._stalled, []
        for publication in publications:
            sent += self._one(publication)
        return sent

    def _one(self, publication: Publication) -> list[Publication]:
        held = self._swapped.pop(publication.stream, None)
        self._may_hold = held is None
        out = [publication]
        for item in self._faults.active:
            out = [result for one in out for result in self._apply(item, one)]
        return out if held is None else [*out, held]

    def _apply(self, item: ActiveFault, one: Publication) -> list[Publication]:
        kind, fault = item.fault.kind, item.fault
        if one.delivery == LOST:
            return [one]
        if kind in ("silence", "stall", "mute"):
            if fault.pair not in (None, one.pair) or fault.frames not in (None, sort_of(one.kind)):
                return [one]
            self._faults.struck(item)
            if kind == "stall":
                self._stalled.append(one)
            return self._lost(one) if kind == "silence" else []
        if (kind == "lose" and one.kind != "diff") or (kind == "checksum" and not self._summed(one)):
            return [one]
        action = self._ACTIONS.get(kind)
        if action is None or not self._faults.hits(item, one.stream, one.pair, one.kind):
            return [one]
        return action(self, item, one)

    def _lost(self, one: Publication) -> list[Publication]:
        """Nothing, but where frames are numbered by connection the number is taken."""
        return [one.with_delivery(LOST)] if self._exchange.per_connection else []

    def _summed(self, one: Publication) -> bool:
        where = self._exchange.checksum
        return where is not None and one.kind == where[0]

    def _miscount(self, one: Publication) -> list[Publication]:
        """A checksum that is one off."""
        where = self._exchange.checksum
        assert where is not None
        pattern = where[1]
        return [one.altered(lambda text: replaced(pattern.search(text), text, lambda old: str(int(old) ^ 1)).encode())]

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
        return [one.altered(lambda text: spoil(text, mode, self._exchange.row))]

    @staticmethod
    def _oversize(item: ActiveFault, one: Publication) -> list[Publication]:
        size = item.fault.size
        return [one.altered(lambda text: (text[0] + " " * max(0, size - len(text.encode())) + text[1:]).encode())]

    _ACTIONS: dict[str, Callable[["FaultInjector", ActiveFault, Publication], list[Publication]]] = {
        "drop": lambda self, _, one: self._lost(one),
        "lose": lambda self, _, one: self._lost(one),
        "checksum": lambda self, _, one: self._miscount(one),
        "duplicate": lambda _self, _item, one: [one, one.with_delivery(AGAIN)],
        "reorder": lambda self, _item, one: self._reorder(one),
        "corrupt": lambda self, item, one: self._corrupt(item, one),
        "oversize": lambda self, item, one: self._oversize(item, one),
    }


def spoil(text: str, mode: str, row: re.Pattern[str]) -> bytes:
    """A frame's text, spoiled. A frame without levels cannot have a bad level: it is truncated instead."""
    if mode == "garbage":
        return ("\x01\x02 not json {" + text[: len(text) // 3]).encode()
    if mode == "bytes":
        return b"\xff\xfe\xc3" + text[: len(text) // 2].encode()
    if mode == "binary":
        return BINARY + text.encode()
    match = row.search(text)
    bad = {"types": '{"x":null}', "negative": "-1.00000000", "digits": "0." + "1234567890" * 6}.get(mode)
    if match is None or bad is None:
        return text[: max(1, len(text) * 2 // 3)].encode()
    quoted = match[2].startswith('"') and mode != "types"
    text = text[: match.start(2)] + (f'"{bad}"' if quoted else bad) + text[match.end(2) :]
    if mode == "types":
        text = text[: match.start(1)] + "true" + text[match.end(1) :]
    return text.encode()


def replaced(match: re.Match[str] | None, text: str, change: Callable[[str], str]) -> str:
    """The text with the match's first group changed."""
    return text if match is None else text[: match.start(1)] + change(match[1]) + text[match.end(1) :]


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
