"""Gemini's old market data API, /v2/marketdata: `l2` by symbol, books in band, no numbers, a heartbeat each 5 s."""

import json
from collections.abc import Container, Iterator, Mapping
from functools import partial

from ..exchange import Close, Publication, Session
from ..generator import Tick, VenueMarket
from ..instruments import Instrument
from ..pacing import due
from ..single_changes import single_changes
from . import gemini_frames as frames

HEARTBEAT = "old/heartbeat"
HEARTBEAT_MS = 5000


def stream_of(symbol: str) -> str:
    """The stream of a symbol: its book and its trades come together."""
    return f"l2:{symbol}"


def receive(session: Session, text: str, instruments: Mapping[str, Instrument], markets: Mapping[str, VenueMarket]
            ) -> list[str | Close]:  # fmt: skip
    """Handle a message of an old client."""
    try:
        message = json.loads(text)
        kind = message["type"]
        wanted = [(entry["name"], symbol) for entry in message["subscriptions"] for symbol in entry["symbols"]]
    except (ValueError, KeyError, TypeError):
        return [_error("InvalidJson", "Unable to parse the message")]
    if kind not in ("subscribe", "unsubscribe"):
        return [_error("UnknownMessageType", f"unknown type {kind}")]
    for name, symbol in wanted:
        if name != "l2":
            return [_error("InvalidFeed", f"unknown feed {name}")]
        if str(symbol).lower() not in instruments:
            return [_error("InvalidSymbol", f"unknown symbol {symbol}")]
    answers: list[str | Close] = []
    for _, symbol in wanted:
        stream = stream_of(symbol.lower())
        if kind == "unsubscribe":
            session.streams.pop(stream, None)
        elif stream not in session.streams:
            session.streams[stream] = None
            if symbol.lower() in markets:
                answers.append(frames.old_snapshot(markets[symbol.lower()]))
    return answers


def publish(tick: Tick, wanted: Container[str]) -> Iterator[Publication]:
    """The trades and the changes of a step."""
    item = tick.market.instrument
    stream, pair = stream_of(item.symbol), str(item.pair)
    if stream not in wanted:
        return
    for trade in tick.trades:
        yield Publication(stream, "trade", pair, lambda _, trade=trade: frames.old_trade(item, trade))  # type: ignore[misc]
    changes = [change for change in single_changes(tick) if not change.hidden]
    if changes:
        yield Publication(stream, "diff", pair, lambda _: frames.old_changes(item, changes))


def heartbeat(step: int, steps_a_second: int, time_us: int, wanted: Container[str]) -> Iterator[Publication]:
    """The heartbeat of all old connections."""
    if HEARTBEAT in wanted and due(step, steps_a_second, HEARTBEAT_MS):
        yield Publication(HEARTBEAT, "data", "", partial(_heartbeat, time_us))


def recorded(text: str) -> tuple[str, str] | None:
    """The stream of a recorded frame."""
    message = json.loads(text)
    kind = message.get("type") if isinstance(message, dict) else None
    if kind == "heartbeat":
        return HEARTBEAT, text
    return (stream_of(message["symbol"].lower()), text) if kind in ("l2_updates", "trade") else None


def _heartbeat(time_us: int, _: str) -> str:
    return f'{{"type":"heartbeat","timestamp":{time_us // 1000}}}'


def _error(reason: str, message: str) -> str:
    return json.dumps({"result": "error", "reason": reason, "message": message}, separators=(",", ":"))
