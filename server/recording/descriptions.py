"""What a recording says of the server: its run, and the instruments of its connections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from ..addresses import redacted
from ..feed.feed_options import FeedOptions
from ..feed.socket_plan import Member, SocketPlan
from ..model import Instrument, Pair
from ..neighbours import recording


def run_body(epoch: int, pairs: Iterable[Pair], levels: int, venues: Mapping[str, FeedOptions]) -> bytes:
    """Body of RUN. Addresses are without credentials."""
    return recording.bodies.packed(
        {
            "onebook": onebook_version(),
            "epoch": epoch,
            "pairs": [str(pair) for pair in pairs],
            "levels": levels,
            "venues": {name: options_of(options) for name, options in venues.items()},
        }
    )


def options_of(options: FeedOptions) -> dict[str, Any]:
    """How a venue is read, as far as its protocol objects depend on it."""
    return {
        "book": options.book,
        "levels": options.levels,
        "checks": options.checks,
        "audit": options.audit,
        "max_message": options.max_message,
        "ws": redacted(options.endpoint.ws),
        "rest": redacted(options.endpoint.rest),
    }


def members_of(plan: SocketPlan) -> list[dict[str, Any]]:
    """The instruments of a connection and their streams, for the body of SOURCE."""
    return [_member(member) for member in plan.members]


def _member(member: Member) -> dict[str, Any]:
    book = member.book
    provisional = book.provisional if book is not None else None
    return recording.bodies.member(
        str(member.instrument.pair),
        instrument_fields(member.instrument),
        book.stream if book is not None else None,
        member.trade,
        member.others,
        provisional.stream if provisional is not None else None,
    )


def instrument_fields(instrument: Instrument) -> dict[str, Any]:
    """All fields of an instrument but its pair; decimal numbers as text."""
    found = {field.name: getattr(instrument, field.name) for field in fields(instrument) if field.name != "pair"}
    return {
        name: value if isinstance(value, bool | str | tuple | None) else str(value) for name, value in found.items()
    }


def onebook_version() -> str:
    """The installed version, or that this is a checkout."""
    try:
        return version("onebook")
    except PackageNotFoundError:
        return "a checkout that is not installed"
