"""The silence that a stream may keep: learnt from its own pace."""

from __future__ import annotations

from server.protocol.silence import Silence

SECOND = 1_000_000_000


def speak(silence: Silence, now: int, gaps: list[float]) -> int:
    for gap in gaps:
        now += int(gap * SECOND)
        silence.heard(now)
    return now


def test_a_busy_stream_is_missed_within_seconds() -> None:
    silence = Silence(30.0)
    silence.begin(SECOND)
    now = speak(silence, SECOND, [0.1] * 200)
    assert not silence.lasts(now + 2 * SECOND)
    assert silence.lasts(now + 4 * SECOND)


def test_a_thin_stream_is_not_doubted_for_being_thin() -> None:
    silence = Silence(10.0)
    silence.begin(SECOND)
    now = speak(silence, SECOND, [0.5, 20.0, 3.0, 9.0] * 20)
    assert not silence.lasts(now + 60 * SECOND)
    assert silence.lasts(now + 200 * SECOND)


def test_before_its_pace_is_known_the_venues_own_threshold_counts() -> None:
    silence = Silence(10.0)
    silence.begin(SECOND)
    now = speak(silence, SECOND, [0.1] * 10)
    assert not silence.lasts(now + 9 * SECOND)
    assert silence.lasts(now + 11 * SECOND)
    assert silence.seconds(now + 11 * SECOND) == 11.0


def test_a_silence_that_was_none_doubles_the_patience() -> None:
    silence = Silence(10.0)
    silence.begin(SECOND)
    now = speak(silence, SECOND, [0.1] * 100)
    before = silence.threshold
    silence.lengthen(now)
    assert silence.threshold == 2 * before


def test_one_long_pause_is_forgotten_by_and_by() -> None:
    silence = Silence(10.0)
    silence.begin(SECOND)
    now = speak(silence, SECOND, [0.1] * 60 + [20.0])
    long = silence.threshold
    speak(silence, now, [0.1] * 3000)
    assert silence.threshold < long / 10
