"""What proves the frames of a book: its rule, window, checksum and message count together."""

from __future__ import annotations

from ..protocol.sequence import ProvedRule
from ..protocol.venue import BookPlan, Venue

NUMBERS = ("first_id", "last_id", "previous_id")


def shows_gaps(plan: BookPlan) -> bool:
    """Whether the loss of any one frame shows in what the stream says next.

    A checksum shows the loss of a change only among the levels that the checksum is of: it stands for the whole book
    where it covers the whole window.
    """
    rule = plan.rule()
    if isinstance(rule, ProvedRule):
        return plan.checksum is not None and 0 < plan.window <= plan.checksum.levels
    return rule.shows_gaps


def check_plan(venue: Venue, plan: BookPlan) -> None:
    """ValueError for a plan that names a number of its frames which its rule never reads, or a proof that is not there.

    Such a plan would leave out a check that the venue offers: a defect of the venue file.
    """
    rule = plan.rule()
    shape = venue.DEPTH
    positions = shape.positions.tail if shape.positions is not None else ()
    named = {number for number in NUMBERS if getattr(shape, number) or number in positions}
    unread = named - rule.reads
    if unread:
        raise ValueError(
            f"{venue.NAME}: {plan.stream} names {', '.join(sorted(unread))}, which {type(rule).__name__} never reads"
        )
    if isinstance(rule, ProvedRule) and plan.checksum is None:
        raise ValueError(f"{venue.NAME}: {plan.stream} has {type(rule).__name__} and no checksum")
