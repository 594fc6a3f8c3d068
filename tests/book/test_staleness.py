"""The silence that a stream may keep: learnt from its own pace."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.book.staleness import StalenessDetector
from server.units import SECOND


def speak(silence: StalenessDetector, now: int, gaps: list[float]) -> int:
    for gap in gaps:
        now += int(gap * SECOND)
        silence.heard(now)
    return now


def test_a_busy_stream_is_missed_within_seconds() -> None:
    silence = StalenessDetector(30.0)
    silence.begin(SECOND)
    now = speak(silence, SECOND, [0.1] * 200)
    assert not silence.lasts(now + 2 * SECOND)
    assert silence.lasts(now + 4 * SECOND)


def test_a_thin_stream_is_not_doubted_for_every_pause() -> None:
    """Its threshold is the venue's own number; silences that were confirmed to be quiet markets make it longer."""
    silence = StalenessDetector(10.0)
    silence.begin(SECOND)
    now = speak(silence, SECOND, [0.5, 20.0, 3.0, 9.0] * 20)
    assert not silence.lasts(now + 9 * SECOND)
    assert silence.lasts(now + 11 * SECOND)
    silence.lengthen(now)
    now = speak(silence, now, [0.5, 20.0, 3.0, 9.0] * 20)
    assert not silence.lasts(now + 19 * SECOND)
    assert silence.lasts(now + 21 * SECOND)


def test_before_its_pace_is_known_the_venues_own_threshold_counts() -> None:
    silence = StalenessDetector(10.0)
    silence.begin(SECOND)
    now = speak(silence, SECOND, [0.1] * 10)
    assert not silence.lasts(now + 9 * SECOND)
    assert silence.lasts(now + 11 * SECOND)
    assert silence.seconds(now + 11 * SECOND) == 11.0


def test_a_silence_that_was_none_doubles_the_patience() -> None:
    silence = StalenessDetector(10.0)
    silence.begin(SECOND)
    now = speak(silence, SECOND, [0.1] * 100)
    before = silence.threshold
    silence.lengthen(now)
    assert silence.threshold == 2 * before


def test_one_long_stall_does_not_teach_blindness() -> None:
    """Whatever its length, one stall of a busy stream leaves the next one to be found within seconds."""
    for stall in (4.0, 18.0, 300.0):
        silence = StalenessDetector(30.0)
        silence.begin(SECOND)
        now = speak(silence, SECOND, [0.1] * 200 + [stall])
        assert silence.lasts(now + 5 * SECOND), stall
        now = speak(silence, now, [0.1] * 3000)
        assert silence.lasts(now + 4 * SECOND), stall


def test_pauses_that_come_again_and_again_are_learnt() -> None:
    silence = StalenessDetector(30.0)
    silence.begin(SECOND)
    now = speak(silence, SECOND, ([0.1] * 20 + [2.0]) * 20)
    assert not silence.lasts(now + 6 * SECOND)
    assert silence.lasts(now + 13 * SECOND)


def test_a_stream_that_is_busy_again_loses_the_patience() -> None:
    silence = StalenessDetector(10.0)
    silence.begin(SECOND)
    now = speak(silence, SECOND, [0.1] * 100)
    for _ in range(20):
        silence.lengthen(now)
    assert silence.threshold <= 80 * SECOND, "the patience has an end"
    now = speak(silence, now, [0.1] * 200)
    assert silence.lasts(now + 4 * SECOND)


@given(st.lists(st.floats(0.0, 400.0), max_size=300), st.sampled_from([10.0, 30.0]))
def test_no_history_makes_a_stream_that_was_never_confirmed_wait_for_longer_than_the_venues_number(
    pauses: list[float], start: float
) -> None:
    silence = StalenessDetector(start)
    silence.begin(SECOND)
    now = speak(silence, SECOND, pauses)
    assert silence.lasts(now + int((start + 0.1) * SECOND))
