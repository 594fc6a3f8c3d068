"""The pictures of a report as inline SVG. They hold numbers and our own words alone, no text of others."""

from __future__ import annotations

from collections.abc import Sequence

from .distribution import EDGES
from .gap_report import Latency
from .report_words import counted, duration
from .state_timeline import LIVE, NOT_RECORDED

GROUPS = {
    LIVE: "live", "stale": "stale", "connecting": "building", "syncing": "building", "gap": "withdrawn",
    "checksum_failed": "withdrawn", "crossed": "withdrawn", "suspect": "withdrawn", "down": "down", "halted": "halted",
    "unsupported": "halted", NOT_RECORDED: "none",
}  # fmt: skip
"""The colour of each state."""
LEGEND = {
    "live": "live", "stale": "stale", "withdrawn": "withdrawn: gap, crossed, failed check", "down": "not connected",
    "building": "being built", "halted": "halted", "none": "not recorded",
}  # fmt: skip
POINTS = 120
"""Of a line of rates at most."""
_HEIGHT = 100
_LEAST_WIDTH = 2
"""Parts that a time without a live book takes at least: what is short must be seen too."""


def state_bar(timeline: Sequence[tuple[str, int]]) -> str:
    """The states of a book over time as a coloured bar."""
    total = sum(count for _, count in timeline)
    quiet: list[str] = []
    loud: list[str] = []
    at = 0
    for state, count in timeline:
        group = GROUPS[state]
        width = count if group in ("live", "none") else min(max(count, _LEAST_WIDTH), total - at)
        (quiet if group in ("live", "none") else loud).append(_rect(f"s-{group}", at, 0, width, 10))
        at += count
    return _svg("states", total, 10, "states over time", "".join((*quiet, *loud)))


def rate_line(counts: Sequence[int], part_seconds: float) -> tuple[str, float]:
    """Messages per second over time as an area, and the highest rate of any of its points."""
    per_point = -(-len(counts) // POINTS)
    sums = [sum(counts[at : at + per_point]) for at in range(0, len(counts), per_point)]
    # The last point may stand for less time than the others.
    lengths = [min(per_point, len(counts) - at) * part_seconds for at in range(0, len(counts), per_point)]
    rates = [total / length for total, length in zip(sums, lengths, strict=True)]
    most = max(rates, default=0.0)
    height = [_HEIGHT - _HEIGHT * rate / most if most else _HEIGHT for rate in rates]
    points = " ".join(f"{at} {y:.1f} {at + 1} {y:.1f}" for at, y in enumerate(height))
    path = f'<path class="rate" d="M0 {_HEIGHT} L{points} {len(rates)} {_HEIGHT}Z"/>'
    return _svg("rates", max(1, len(rates)), _HEIGHT, "messages per second over time", path), most


def class_range(latencies: Sequence[Latency]) -> range:
    """The classes that hold anything in any of these distributions, as numbers: one axis for all of them."""
    used = [_class_number(edge) for each in latencies for edge, _ in each.histogram]
    return range(min(used), max(used) + 1) if used else range(0)


def class_words(number: int) -> str:
    """Where a class of durations begins."""
    return "0" if number == 0 else duration(EDGES[number - 1])


def histogram(latency: Latency, classes: range) -> str:
    """How often durations of each class occurred; the highest bar is the most frequent class."""
    counts = {_class_number(edge): count for edge, count in latency.histogram}
    most = max(counts.values(), default=1)
    bars = []
    for at, number in enumerate(classes):
        count = counts.get(number, 0)
        if count:
            height = max(2.0, _HEIGHT * count / most)
            words = f"{class_words(number)} to {_end_words(number)}: {counted(count, 'message')}"
            bars.append(_rect("latency", at + 0.06, _HEIGHT - height, 0.88, height, words))
    return _svg("histogram", max(1, len(classes)), _HEIGHT, "how often each latency occurred", "".join(bars))


def _class_number(edge: int | None) -> int:
    return len(EDGES) if edge is None else EDGES.index(edge)


def _end_words(number: int) -> str:
    return duration(EDGES[number]) if number < len(EDGES) else "longer"


def _rect(name: str, x: float, y: float, width: float, height: float, words: str = "") -> str:
    place = f'class="{name}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"'
    return f"<rect {place}><title>{words}</title></rect>" if words else f"<rect {place}/>"


def _svg(name: str, width: int, height: int, words: str, body: str) -> str:
    """A picture that takes the width of the page."""
    return (
        f'<svg class="{name}" viewBox="0 0 {width} {height}" preserveAspectRatio="none" role="img" '
        f'aria-label="{words}">{body}</svg>'
    )
