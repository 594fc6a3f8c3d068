"""The rows below the book: one a venue, with its state, age, resyncs, and why it is withdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from rich.text import Text

from ..messages import VenueQuality, VenueState

_PALETTE = ("cyan", "magenta", "yellow", "blue", "bright_cyan", "bright_magenta", "bright_yellow", "bright_blue")
_WORKING = (VenueState.CONNECTING, VenueState.SYNCING)
_WIDE = 96


def venue_style(known: Sequence[str], name: str, faded: bool = False) -> str:
    """A colour for each venue, the same on every line."""
    place = known.index(name) if name in known else len(known)
    return _PALETTE[place % len(_PALETTE)] + (" dim" if faded else "")


def venue_lines(
    qualities: Sequence[VenueQuality[Decimal]],
    known: Sequence[str],
    width: int,
    ascii_only: bool = False,
    last_known: bool = False,
) -> list[Text]:
    """A head and one line for each of the `known` venues, numbered by the key that toggles it.

    `last_known` fades them: the server is away, and nobody knows the states now.
    """
    by_name = {quality.venue: quality for quality in qualities}
    name_width = max([5, *(len(name) for name in known)])
    state_width = max([5, *(len(_state(quality)) for quality in qualities)])
    head = f"   {'VENUE':<{name_width}}    {'STATE':<{state_width}}  {'AGE':>7}  RESYNCS"
    head += "  GAPS  BAD SUMS" if width >= _WIDE else ""
    lines = [Text(head + ("  LAST KNOWN" if last_known else "  LEVELS HELD"), style="dim")]
    for number, name in enumerate(known, 1):
        line = Text(f" {number if number < 10 else ' '} ", style="dim")
        line.append(f"{name:<{name_width}}", style=f"bold not dim {venue_style(known, name)}")
        quality = by_name.get(name)
        if quality is None:
            line.append("    not asked for", style="dim")
        else:
            line.append_text(_quality(quality, state_width, width, ascii_only))
        if last_known:
            line = Text(line.plain, style="dim")
        line.truncate(width, overflow="crop" if ascii_only else "ellipsis")
        lines.append(line)
    return lines


def _quality(quality: VenueQuality[Decimal], state_width: int, width: int, ascii_only: bool) -> Text:
    style = _state_style(quality.state)
    line = Text(f"  {_mark(quality, ascii_only)} {_state(quality):<{state_width}}", style=style)
    line.append(f"  {_age(quality):>7}", style="not bold default")
    line.append(f"  {quality.resyncs:>7}", style="not bold yellow" if quality.resyncs else "not bold dim default")
    if width >= _WIDE:
        line.append(f"  {quality.gaps:>4}  {quality.checksum_failures:>8}", style="not bold dim default")
    if quality.live:
        line.append(f"  {quality.bid_levels:,} + {quality.ask_levels:,}", style="not bold dim default")
    else:
        line.append(f"  {quality.detail or 'withdrawn'}", style=style)
    return line


def _state(quality: VenueQuality[Decimal]) -> str:
    return quality.state.name.lower().replace("_", " ")


def _state_style(state: VenueState) -> str:
    if state is VenueState.LIVE:
        return "green"
    return "yellow" if state in _WORKING else "bold red"


def _mark(quality: VenueQuality[Decimal], ascii_only: bool) -> str:
    if ascii_only:
        return "+" if quality.live else "!"
    return "●" if quality.live else "○"


def _age(quality: VenueQuality[Decimal]) -> str:
    """Time since the venue's newest frame, as short as it can be read."""
    if not quality.receive_time_nanos:
        return "never"
    seconds = quality.age
    if seconds < 1:
        return f"{seconds * 1e3:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
