"""Numbers as people read them."""

from __future__ import annotations

import pytest

from server.report.report_words import counted, duration, moment, percent, size

SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("nanoseconds", "said"),
    [
        (0, "0 ns"), (999, "999 ns"), (1500, "1.5 µs"), (480_000, "480 µs"), (3_100_000, "3.1 ms"), (10**7, "10 ms"),
        (3_100_000_000, "3.1 s"), (59 * SECOND, "59 s"), (60 * SECOND, "1 min"), (77 * SECOND, "1 min 17 s"),
        (6 * 3600 * SECOND, "6 h"), (6 * 3600 * SECOND + 125 * SECOND, "6 h 2 min"), (26 * 3600 * SECOND, "1 d 2 h"),
        (-2_000_000, "-2.0 ms"), (9_960_000_000, "10 s"),
    ],
)  # fmt: skip
def test_durations(nanoseconds: int, said: str) -> None:
    assert duration(nanoseconds) == said


def test_a_share_is_never_rounded_up() -> None:
    assert percent(1_000_000) == "100 %"
    assert percent(999_999) == "99.99 %"
    assert percent(999_850) == "99.98 %"
    assert percent(0) == "0.00 %"
    assert percent(995_000, 1) == "99.5 %"


def test_sizes_and_counts() -> None:
    assert [size(each) for each in (0, 999, 1000, 2_360_000, 10**12)] == [
        "0 bytes",
        "999 bytes",
        "1 kB",
        "2.36 MB",
        "1 TB",
    ]
    assert [counted(each, "gap") for each in (0, 1, 2000)] == ["no gaps", "1 gap", "2,000 gaps"]
    assert counted(2, "loss", "losses") == "2 losses"


def test_moments() -> None:
    assert moment(1_795_938_232_490_465_410) == "2026-11-29 07:43:52.490"
    assert moment(1_795_938_232_490_465_410, date=False) == "07:43:52.490"
    assert moment(1 << 90).endswith(" ns")
