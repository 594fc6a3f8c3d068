"""Which market a client of a public aggregator asks for: their contracts differ in the request alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from google.protobuf.message import DecodeError, Message
from google.protobuf.unknown_fields import UnknownFieldSet

from onebook.compat import orderbook_pb2 as pb

from ..market.market import Market
from ..request_errors import invalid, not_found
from ..suggestions import nearest

SEPARATORS = "/-_: "
MessageT = TypeVar("MessageT", bound=Message)


def asked_for(request: bytes, markets: Sequence[Market]) -> Market:
    """The market of a request; the first where it names none. Raises RequestError.

    Read are a message without fields, one with a name ("ETHBTC") and one with two currencies as its first field.
    """
    if not request:
        return markets[0]
    named = _whole(pb.SymbolRequest, request)
    if named is not None and named.symbol.isprintable():
        return _named(named.symbol, markets) if named.symbol else markets[0]
    pair = _whole(pb.PairRequest, request)
    if pair is not None and pair.traded_pair.first and pair.traded_pair.second and _known(pair.traded_pair):
        return _named(f"{pair.traded_pair.first}/{pair.traded_pair.second}", markets)
    raise invalid("request", "has fields that are not read here: name the market in field 1, as text or as two texts")


def _named(symbol: str, markets: Sequence[Market]) -> Market:
    wanted = _joined(symbol)
    for market in markets:
        if _joined(market.name) == wanted:
            return market
    names = {_joined(market.name): market.name for market in markets}
    suggestion = names.get(nearest(wanted, names), "")
    raise not_found("market", symbol, suggestion)


def _joined(symbol: str) -> str:
    return symbol.translate({ord(each): None for each in SEPARATORS}).casefold()


def _whole(kind: type[MessageT], request: bytes) -> MessageT | None:
    """The request as this message; None where it is not, or has more than that."""
    try:
        message = kind.FromString(request)
    except DecodeError:
        return None
    return message if _known(message) else None


def _known(message: Message) -> bool:
    return not len(UnknownFieldSet(message))
