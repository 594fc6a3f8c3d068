"""What a report says of a venue in one sentence."""

from __future__ import annotations

from collections.abc import Sequence

from ..units import SECOND
from .gap_report import BookReport
from .report_words import counted, duration, moment, percent

_MILLION = 1_000_000
_DAY = 86_400 * SECOND
"""Times of longer recordings need their date."""


def venue_sentence(venue: str, books: Sequence[BookReport], disconnects: Sequence[int]) -> str:
    """The summary of a venue; `disconnects`: the length of each, nanoseconds."""
    if not books:
        return f"{venue}: no connection of this recording carried a book."
    parts = [
        _coverage(books),
        counted(sum(book.gaps for book in books), "sequence gap"),
        counted(sum(book.resyncs for book in books), "resync"),
        _withdrawals(books),
        _disconnects(disconnects),
        _trades(books),
        _audits(books),
    ]
    return f"{venue}: {', '.join(part for part in parts if part)}."


def _coverage(books: Sequence[BookReport]) -> str:
    live, observed = sum(book.live_ns for book in books), sum(book.observed_ns for book in books)
    longest = max(book.observed_ns for book in books)
    share = percent(live * _MILLION // observed if observed else 0)
    noun = "book" if len(books) == 1 else f"{len(books)} books"
    return f"{noun} live {share} of {duration(longest)}"


def _withdrawals(books: Sequence[BookReport]) -> str:
    """Of the withdrawals the longest is named."""
    count = sum(book.withdrawal_count for book in books)
    if not count:
        return "no withdrawals"
    worst = max(books, key=lambda book: book.longest_withdrawal_ns)
    length = worst.longest_withdrawal_ns
    at = next(each.begin_ns for each in worst.withdrawals if each.end_ns - each.begin_ns == length)
    where = f"{worst.pair} at {moment(at, date=worst.observed_ns > _DAY)}"
    words = counted(count, "withdrawal")
    return f"{words} ({duration(length)}, {where})" if count == 1 else f"{words} (longest {duration(length)}, {where})"


def _disconnects(lengths: Sequence[int]) -> str:
    if not lengths:
        return "no disconnects"
    words = counted(len(lengths), "disconnect")
    if len(lengths) == 1:
        return f"{words} ({duration(lengths[0])})"
    return f"{words} ({duration(sum(lengths))} in all, longest {duration(max(lengths))})"


def _trades(books: Sequence[BookReport]) -> str:
    missing, gaps = sum(book.trades.missing for book in books), sum(book.trades.gap_count for book in books)
    if gaps:
        return f"{counted(missing, 'trade')} known to be missing in {counted(gaps, 'gap')}"
    return "no trades known to be missing" if any(book.trades.count for book in books) else "no trades"


def _audits(books: Sequence[BookReport]) -> str:
    count, equal = sum(book.audits.count for book in books), sum(book.audits.equal for book in books)
    if not count:
        return ""
    return f"{counted(count, 'audit')}{', all equal' if count == equal else f', {count - equal} with differences'}"
