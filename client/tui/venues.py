"""The rows below the book: one per venue, with its state, age, resyncs, and why it is withdrawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from rich.text import Text

from ..message_parts import TradesState, VenueQuality, VenueState
from ..times import SECOND
from .frame import VENUE_KEYS

_PALETTE = ("cyan", "magenta", "yellow", "blue", "bright_cyan", "bright_magenta", "bright_yellow", "bright_blue")
_WORKING = (VenueState.CONNECTING, VenueState.SYNCING)
_NO_TRADES = (TradesState.OVERDUE, TradesState.REFUSED, TradesState.MUTE)
_CLOCK_NOTE = SECOND  # nanoseconds that our clock and a venue's may differ without a word
_WIDE = 96
# Where venues share lines: characters of what is said of each, and venues whose withdrawal is explained.
_NOTE = 9
_REASONS = 2


def venue_style(known: Sequence[str], name: str, faded: bool = False) -> str:
    """A colour for each venue, the same on every line."""
    place = known.index(name) if name in known else len(known)
    return _PALETTE[place % len(_PALETTE)] + (" dim" if faded else "")


def venue_lines(
    qualities: Sequence[VenueQuality[Decimal]],
    known: Sequence[str],
    width: int,
    room: int = 1000,
    ascii_only: bool = False,
    silence: float = 0.0,
    last_known: bool = False,
) -> list[Text]:
    """A head and one line for each of the `known` venues, marked with the key that toggles it: at most `room` lines.

    Where there is no room for that, several venues share a line, and reasons follow for those withdrawn; where not
    for that either, their names alone. The ages are older by `silence`, the seconds since they were said.
    `last_known` fades all: the server is away, and nobody knows the states now.
    """
    now = _Now(silence, last_known, ascii_only)
    by_name = {quality.name: quality for quality in qualities}
    lines: list[Text] = []
    if len(known) + 1 <= room:
        lines = _table(by_name, known, width, now)
    elif known:
        grid = _grid(by_name, known, width, now)
        lines = grid if len(grid) <= room else _names(by_name, known, width, now)
        lines = lines if len(lines) <= room else []
        lines += _reasons(by_name.values(), min(room - len(lines), _REASONS))
    if last_known:
        lines = [Text(line.plain, style="dim") for line in lines]
    for line in lines:
        line.truncate(width, overflow="crop" if ascii_only else "ellipsis")
    return lines


@dataclass(frozen=True)
class _Now:
    """What is true of all venues at the moment of drawing."""

    silence: float
    last_known: bool
    ascii_only: bool

    def state(self, quality: VenueQuality[Decimal]) -> str:
        """What is known of its state: of a server that is away only what it was."""
        state = quality.state.name.lower().replace("_", " ")
        return f"was {state}" if self.last_known else state

    def age(self, quality: VenueQuality[Decimal]) -> str:
        """Time since the venue's newest frame, as short as it can be read."""
        if not quality.receive_time_nanos:
            return "never"
        seconds = (quality.age or 0.0) + self.silence
        if seconds < 1:
            return f"{seconds * 1e3:.0f} ms"
        return f"{seconds:.1f} s" if seconds < 100 else f"{seconds / 60:.0f} min"

    def mark(self, quality: VenueQuality[Decimal]) -> str:
        """One character: live, withdrawn, or not known."""
        if self.last_known:
            return "?"
        if self.ascii_only:
            return "+" if quality.live else "!"
        return "●" if quality.live else "○"


def _table(by_name: Mapping[str, VenueQuality[Decimal]], known: Sequence[str], width: int, now: _Now) -> list[Text]:
    qualities = by_name.values()
    name_width = max([5, *(len(name) for name in known)])
    state_width = max([5, *(len(now.state(quality)) for quality in qualities)])
    head = f"   {'VENUE':<{name_width}}    {'STATE':<{state_width}}  {'AGE':>7}  RESYNCS"
    head += "  GAPS  BAD SUMS" if width >= _WIDE else ""
    lines = [Text(head + ("  LAST KNOWN" if now.last_known else "  LEVELS HELD"), style="dim")]
    for place, name in enumerate(known):
        line = _name(known, place, name_width)
        quality = by_name.get(name)
        if quality is None:
            line.append("    not asked for", style="dim")
        else:
            line.append_text(_quality(quality, state_width, width, now))
        lines.append(line)
    return lines


def _grid(by_name: Mapping[str, VenueQuality[Decimal]], known: Sequence[str], width: int, now: _Now) -> list[Text]:
    """Name, and age or state, of several venues a line."""
    name_width = max(len(name) for name in known)
    columns = max(1, width // (name_width + _NOTE + 7))
    lines: list[Text] = []
    for place, name in enumerate(known):
        if place % columns == 0:
            lines.append(Text())
        lines[-1].append_text(_name(known, place, name_width))
        quality = by_name.get(name)
        mark = now.mark(quality) if quality else " "
        note = "not asked" if quality is None else now.age(quality) if quality.live else now.state(quality)
        style = f"not bold not dim {_state_style(quality.state)}" if quality else "not bold dim default"
        lines[-1].append(f" {mark} {note[:_NOTE]:<{_NOTE}} ", style=style)
    return lines


def _names(by_name: Mapping[str, VenueQuality[Decimal]], known: Sequence[str], width: int, now: _Now) -> list[Text]:
    """Key, name and mark of as many venues a line as there is room for."""
    name_width = max(len(name) for name in known)
    columns = max(1, width // (name_width + 6))
    lines: list[Text] = []
    for place, name in enumerate(known):
        if place % columns == 0:
            lines.append(Text())
        quality = by_name.get(name)
        lines[-1].append_text(_name(known, place, name_width))
        style = f"not bold not dim {_state_style(quality.state)}" if quality else "not bold dim default"
        lines[-1].append(f" {now.mark(quality) if quality else '-'} ", style=style)
    return lines


def _reasons(qualities: Iterable[VenueQuality[Decimal]], most: int) -> list[Text]:
    """Why some venues are withdrawn; the last line says of how many there is no room to say it."""
    lines: list[Text] = []
    gone = [quality for quality in qualities if not quality.live]
    for quality in gone[: max(most, 0)]:
        state = quality.state.name.lower().replace("_", " ")
        reason = f"   {quality.name}: {state}, {quality.detail or 'withdrawn'}"
        lines.append(Text(reason, style=_state_style(quality.state)))
    if lines and len(gone) > most:
        lines[-1].append(f"   and {len(gone) - most} more")
    return lines


def _name(known: Sequence[str], place: int, name_width: int) -> Text:
    line = Text(f" {VENUE_KEYS[place] if place < len(VENUE_KEYS) else ' '} ", style="dim")
    line.append(f"{known[place]:<{name_width}}", style=f"bold not dim {venue_style(known, known[place])}")
    return line


def _quality(quality: VenueQuality[Decimal], state_width: int, width: int, now: _Now) -> Text:
    style = _state_style(quality.state)
    line = Text(f"  {now.mark(quality)} {now.state(quality):<{state_width}}", style=style)
    line.append(f"  {now.age(quality):>7}", style="not bold default")
    line.append(f"  {quality.resyncs:>7}", style="not bold yellow" if quality.resyncs else "not bold dim default")
    if width >= _WIDE:
        line.append(f"  {quality.gaps:>4}  {quality.checksum_failures:>8}", style="not bold dim default")
    if quality.live:
        line.append(f"  {quality.bid_levels:,} + {quality.ask_levels:,}", style="not bold dim default")
        line.append("  checksum fails" if quality.unverified else "", style="not bold yellow")
    else:
        line.append(f"  {quality.detail or 'withdrawn'}", style=style)
    for note in _notes(quality):
        line.append(f"  {note}", style="not bold yellow")
    return line


def _notes(quality: VenueQuality[Decimal]) -> list[str]:
    """What is odd about a venue beside its book: trades that are not received, a clock that is another than ours."""
    notes = [f"trades {quality.trades_state.name.lower()}"] if quality.trades_state in _NO_TRADES else []
    offset = quality.clock_offset_nanos
    if abs(offset) - quality.clock_uncertainty_nanos > _CLOCK_NOTE:
        notes.append(f"our clock is {abs(offset) / 1e9:.1f} s {'ahead' if offset > 0 else 'behind'}")
    return notes


def _state_style(state: VenueState) -> str:
    if state is VenueState.LIVE:
        return "green"
    return "yellow" if state in _WORKING else "bold red"
