"""Attempts to get a book, and when its pair is in question."""

from __future__ import annotations

import pytest

from server.book.recovery import HEALTHY_SPELL, QUESTIONS, REFUSALS, RESUBSCRIPTIONS, Question, Recovery
from server.units import SECOND


def test_the_first_attempt_starts_at_once_and_the_next_ones_later_and_later() -> None:
    recovery = Recovery()
    assert recovery.pause() == 0
    pauses = [recovery.pause() for _ in range(12)]
    assert all(pause > 0 for pause in pauses)
    assert pauses[0] <= SECOND
    assert 15 * SECOND <= pauses[-1] <= 30 * SECOND


def test_a_healthy_spell_makes_the_next_attempt_immediate() -> None:
    recovery = Recovery()
    recovery.pause()
    recovery.keep_healthy(HEALTHY_SPELL)
    assert recovery.pause() > 0
    recovery.keep_healthy(HEALTHY_SPELL + 1)
    assert recovery.pause() == 0


def test_a_resubscription_is_handed_out_once_and_not_before_its_time() -> None:
    recovery = Recovery()
    recovery.resubscribe_at = 10
    assert not recovery.settled
    assert not recovery.take_resubscription(9)
    assert recovery.take_resubscription(10)
    assert not recovery.take_resubscription(11)
    assert recovery.settled


@pytest.mark.parametrize("kind", ["snapshot", "subscription"])
def test_a_venue_that_refuses_twice_puts_the_pair_in_question(kind: str) -> None:
    recovery = Recovery()
    for times in range(1, REFUSALS + 1):
        assert recovery.take_question() is None
        if kind == "snapshot":
            recovery.snapshot_refused("no such pair")
        else:
            recovery.subscription_refused("no such pair", times)
    assert not recovery.settled
    assert recovery.take_question() == Question("no such pair", hopeless=True)
    assert recovery.take_question() is None


def test_a_book_forgives_refusals_of_before() -> None:
    recovery = Recovery()
    recovery.snapshot_refused("busy")
    recovery.book_live()
    recovery.snapshot_refused("busy")
    assert recovery.take_question() is None


def test_a_stream_that_gives_no_book_is_asked_for_again_then_questioned_then_hopeless() -> None:
    recovery = Recovery()
    questions: list[Question | None] = []
    for turn in range(RESUBSCRIPTIONS + QUESTIONS + 1):
        questioned = recovery.book_missing(turn + 1)
        assert questioned is (turn >= RESUBSCRIPTIONS)
        assert recovery.take_resubscription(turn + 1)
        questions.append(recovery.take_question())
    assert questions[:RESUBSCRIPTIONS] == [None] * RESUBSCRIPTIONS
    asked = [question for question in questions if question is not None]
    assert [question.hopeless for question in asked] == [False] * QUESTIONS + [True]
    assert {question.reason for question in asked} == {"no update, though subscribed"}
