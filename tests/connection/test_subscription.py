"""The life of one subscription."""

from __future__ import annotations

from server.connection.subscription import ANSWER, TRADES_STATES, Subscription, SubscriptionState
from server.units import SECOND


def asked(now: int = 0, confirms: bool = True) -> Subscription:
    made = Subscription("trades", confirms)
    made.asked()
    made.sent(now)
    return made


def test_every_state_has_a_name_in_the_contract() -> None:
    assert set(TRADES_STATES) == set(SubscriptionState)


def test_confirmed_and_received() -> None:
    made = asked()
    assert (made.state, made.unanswered) == (SubscriptionState.WAITING, True)
    made.confirmed()
    assert made.accepted
    made.received()
    made.confirmed()
    assert made.state is SubscriptionState.RECEIVED
    assert not made.lapse(10**15)
    assert not made.due(10**15)


def test_what_is_not_answered_is_asked_for_again_at_once_and_then_more_and_more_seldom() -> None:
    made = asked()
    assert not made.lapse(ANSWER - 1)
    assert made.lapse(ANSWER)
    assert made.state is SubscriptionState.OVERDUE
    assert made.due(ANSWER), "the first time at once"
    now, pauses = ANSWER, []
    for _ in range(12):
        made.asked()
        made.sent(now)
        now += ANSWER
        assert made.lapse(now)
        pause = next(seconds for seconds in range(400) if made.due(now + seconds * SECOND))
        pauses.append(pause)
        now += pause * SECOND
    assert pauses[0] <= 5
    assert 150 <= pauses[-1] <= 300
    made.received()
    assert made.accepted


def test_a_refusal_of_a_whole_request_is_followed_by_a_request_for_each_stream() -> None:
    made = asked()
    made.refused("no such product among them", 7, alone=False)
    assert made.state is SubscriptionState.WAITING
    assert made.due(7)
    made.asked()
    made.sent(8)
    made.refused("no such product", 9, alone=True)
    assert (made.state, made.reason, made.refusals) == (SubscriptionState.REFUSED, "no such product", 1)
    assert not made.due(9 + SECOND)
    assert made.due(9 + 6 * SECOND)
    made.confirmed()
    assert (made.refusals, made.accepted) == (0, True)


def test_a_venue_that_confirms_nothing_has_accepted_what_it_does_not_refuse() -> None:
    made = asked(confirms=False)
    assert not made.accepted
    made.lapse(ANSWER)
    assert made.accepted


def test_one_that_is_mute_is_believed_when_its_messages_come() -> None:
    made = asked()
    made.confirmed()
    made.mute(SECOND)
    made.confirmed()
    assert made.state is SubscriptionState.MUTE
    made.received()
    assert made.accepted
    made.begin()
    assert made.state is SubscriptionState.WAITING
