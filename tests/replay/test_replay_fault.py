"""Faults as they are typed, and the frames that they hit."""

from __future__ import annotations

import pytest

from server.errors import ConfigError
from server.replay.replay_fault import KINDS, MOST, ReplayFault, VenueFaults, check_faults, parse_fault
from simulator.faults import KINDS as SIMULATED

SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("drop", ReplayFault("drop", at=5.0)),
        ("drop:x", ReplayFault("drop", "x", at=5.0)),
        ("drop:*:at=2.5", ReplayFault("drop", at=2.5)),
        ("stall:x:frame=7,for=3", ReplayFault("stall", "x", first=7, away=3.0)),
        ("corrupt::every=10,count=3", ReplayFault("corrupt", first=10, every=10, count=3)),
        ("reorder:x:at=60,every=10,count=3", ReplayFault("reorder", "x", at=60.0, first=10, every=10, count=3)),
        ("disconnect:x:pair=btc/usdt", ReplayFault("disconnect", "x", "BTC/USDT", at=5.0)),
    ],
)
def test_faults_are_read(text: str, fault: ReplayFault) -> None:
    assert parse_fault(text) == fault


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there is no fault ''"), ("drob", "there is no fault 'drob'; did you mean drop"),
        ("drop:x:when=3", "'when=3' was not one of at, frame"), ("drop:x:at", "'at' was not one of"),
        ("drop:x:at=1,at=2", "each once"), ("drop:x:at=1,frame=2", "both at and frame"),
        ("drop:x:frame=0", "a number that cannot be"), ("drop:x:at=nan", "a number that cannot be"),
        ("drop:x:for=0", "a number that cannot be"), ("drop:x:every=-1", "a number that cannot be"),
        ("drop:x:frame=2.5", "a number that cannot be"), ("drop:x:count=3", "every is missing"),
        ("drop:x:pair=BTC", "was not BASE/QUOTE"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said.replace("?", r"\?")):
        parse_fault(text)


def test_venues_and_pairs_must_be_played() -> None:
    check_faults([parse_fault("drop"), parse_fault("drop:x:pair=A/B")], ["x"], ["A/B"])
    with pytest.raises(ConfigError, match="no venue 'y' is played"):
        check_faults([parse_fault("drop:y")], ["x"], ["A/B"])
    with pytest.raises(ConfigError, match="no pair 'C/D' is played"):
        check_faults([parse_fault("drop:x:pair=C/D")], ["x"], ["A/B"])
    many = [parse_fault(f"drop:x:every=1,count={MOST}"), parse_fault("drop")]
    with pytest.raises(ConfigError, match=f"{MOST + 1} faults of x are too many"):
        check_faults(many, ["x"], ["A/B"])


def hits(text: str, frames: list[tuple[str, float]], begin: int = 0) -> list[int]:
    """Which of these frames (pair and seconds) are hit."""
    faults = VenueFaults("x", [parse_fault(text)], begin)
    return [at for at, (pair, seconds) in enumerate(frames) if faults.hit(pair, int(seconds * SECOND)) is not None]


def test_frames_are_hit_by_number_time_and_pair() -> None:
    frames = [("A/B" if at % 2 else "C/D", 100.0 + at) for at in range(20)]
    assert hits("drop", frames) == [5]
    assert hits("drop:x:at=0", frames) == [0]
    assert hits("drop:y", frames) == []
    assert hits("drop:x:frame=3", frames) == [2]
    assert hits("drop:x:frame=3,pair=A/B", frames) == [5]
    assert hits("drop:x:every=4,count=2", frames) == [3, 7]
    assert hits("drop:x:frame=2,every=4,count=3", frames) == [1, 5, 9]
    assert hits("drop:x:at=6,pair=A/B", frames) == [7]
    assert hits("drop:x:at=2", frames, begin=110 * SECOND) == [12]
    assert hits("drop:x:at=50", frames) == []


def test_of_two_faults_that_are_due_the_second_hits_the_next_frame() -> None:
    faults = VenueFaults("x", [parse_fault("drop:x:frame=2"), parse_fault("stall:x:frame=2"), parse_fault("drop:y")])
    assert faults.remaining == 2
    found = [faults.hit("A/B", at) for at in range(4)]
    assert [each.kind if each else "" for each in found] == ["", "drop", "stall", ""]
    assert faults.remaining == 0
    assert [(each.kind, each.venue, each.pair, each.time) for each in faults.injected] == [
        ("drop", "x", "A/B", 1), ("stall", "x", "A/B", 2)
    ]  # fmt: skip


def test_the_names_are_those_of_the_simulator() -> None:
    assert set(KINDS) <= set(SIMULATED)
