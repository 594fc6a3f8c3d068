"""The time that a report is about, in parts of equal length."""

from __future__ import annotations

from collections.abc import Iterator

PARTS = 480
"""About as many as a picture has points."""


class ReportWindow:
    """From `begin` (included) to `end` (excluded), nanoseconds UTC."""

    def __init__(self, begin: int, end: int, parts: int = PARTS) -> None:
        self.begin, self.end = begin, max(end, begin + 1)
        self.step = -(-(self.end - begin) // parts)
        self.parts = -(-(self.end - begin) // self.step)

    def part(self, time: int) -> int:
        """Number of the part that holds this time; times outside belong to the first or the last part."""
        return min(max(0, (time - self.begin) // self.step), self.parts - 1)

    def clipped(self, begin: int, end: int) -> tuple[int, int]:
        """The part of a span that lies in the window; its ends are equal where there is none."""
        begin = min(max(begin, self.begin), self.end)
        return begin, max(begin, min(end, self.end))

    def parts_of(self, begin: int, end: int) -> Iterator[int]:
        """Numbers of the parts that a span touches."""
        begin, end = self.clipped(begin, end)
        return iter(range(self.part(begin), self.part(end - 1) + 1) if end > begin else ())
