"""How a book that is not there is asked for again, and when its pair itself is in question."""

from __future__ import annotations

from typing import NamedTuple

from ..backoff import Backoff
from ..units import SECOND

# After so long without trouble the next rebuild starts without a pause.
HEALTHY_SPELL = 10 * SECOND
# Attempts to get a book by subscribing again, and refusals of the venue, before the pair itself is in question.
RESUBSCRIPTIONS = 2
REFUSALS = 2
# So often the pair may be in question before a list that still has it is believed no longer.
QUESTIONS = 8


class Question(NamedTuple):
    """Whether the venue still has the pair."""

    reason: str
    """Why there is no book; or the venue's words, if the venue refuses the pair."""
    hopeless: bool
    """The venue refuses the pair, or has given nothing for so long that asking further is of no use."""


class Recovery:
    """The attempts to get one book. Times are monotonic nanoseconds."""

    def __init__(self) -> None:
        self.resubscribe_at: int | None = None
        """When to subscribe again; None: not at all."""
        self._pauses = Backoff(0.5, 30.0)
        self._resubscriptions = 0
        self._refusals = 0
        """Of the snapshot, by the venue, since there was a book."""
        self._questions = 0
        """How often the pair was in question without a refusal, since there was a book."""
        self._question: Question | None = None

    @property
    def waits(self) -> bool:
        """Whether the next attempt is planned."""
        return self.resubscribe_at is not None

    @property
    def settled(self) -> bool:
        """Whether nothing is asked for."""
        return self._question is None and not self.waits

    def pause(self) -> int:
        """Nanoseconds before the next attempt: none after a healthy spell, then longer and longer."""
        first = self._pauses.attempts == 0
        pause = self._pauses.next()
        return 0 if first else int(pause * SECOND)

    @property
    def calm(self) -> bool:
        """Whether no attempt counts any more: keep_healthy() has nothing to do."""
        return not self._pauses.attempts

    def keep_healthy(self, live_for: int) -> None:
        """The book has been live for so many nanoseconds."""
        if self._pauses.attempts and live_for > HEALTHY_SPELL:
            self._pauses.reset()

    def book_live(self) -> None:
        """There is a book: what failed before does not count any more."""
        self._resubscriptions = self._refusals = self._questions = 0

    def snapshot_refused(self, reason: str) -> None:
        """The venue answers the request for a snapshot, and says no."""
        self._refusals += 1
        if self._refusals >= REFUSALS:
            self._question = Question(reason, hopeless=True)

    def subscription_refused(self, reason: str, times: int) -> None:
        """The venue refuses the stream, for the n-th time in a row."""
        if times >= REFUSALS:
            self._question = Question(reason, hopeless=True)

    def book_missing(self, now: int) -> bool:
        """Subscribed, and yet there is no book: the stream is asked for again. True once the pair is in question."""
        self.resubscribe_at = now
        self._resubscriptions += 1
        if self._resubscriptions <= RESUBSCRIPTIONS:
            return False
        self._questions += 1
        self._question = Question("no update, though subscribed", hopeless=self._questions > QUESTIONS)
        return True

    def take_resubscription(self, now: int) -> bool:
        """Whether to subscribe again now; handed out once."""
        due = self.resubscribe_at is not None and now >= self.resubscribe_at
        if due:
            self.resubscribe_at = None
        return due

    def take_question(self) -> Question | None:
        """What the venue's list of pairs is to be asked; handed out once."""
        question, self._question = self._question, None
        return question
