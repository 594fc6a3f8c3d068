"""The pictures: what is short is seen, and all is drawn to scale."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from server.report.distribution import Distribution
from server.report.state_timeline import WORST_FIRST
from server.report.svg_pictures import GROUPS, LEGEND, class_range, class_words, histogram, rate_line, state_bar


def rects(picture: str) -> list[dict[str, str]]:
    return [dict(each.attrib) for each in ET.fromstring(picture).iter("rect")]


def test_a_bar_has_a_rectangle_per_state_in_proportion() -> None:
    found = rects(state_bar((("live", 300), ("gap", 20), ("live", 160))))
    assert [(each["class"], each["x"], each["width"]) for each in found] == [
        ("s-live", "0", "300"), ("s-live", "320", "160"), ("s-withdrawn", "300", "20")
    ]  # fmt: skip


def test_a_short_withdrawal_is_wide_enough_to_be_seen_and_stays_within() -> None:
    found = rects(state_bar((("live", 479), ("gap", 1))))
    assert found[1]["width"] == "1"
    assert rects(state_bar((("live", 400), ("gap", 1), ("live", 79))))[2]["width"] == "2"


def test_rates_are_per_second_of_their_part() -> None:
    picture, most = rate_line([10] * 480, 0.5)
    assert most == pytest.approx(20)
    ET.fromstring(picture)
    assert rate_line([0, 0, 7], 2.0)[1] == pytest.approx(3.5)
    assert rate_line([0] * 10, 1.0)[1] == 0
    ragged, most = rate_line([4] * 479, 1.0)
    assert most == pytest.approx(4), "the last point stands for fewer parts"
    assert len(re.findall(r"[ML]", ragged)) == 2


def test_histograms_share_one_axis() -> None:
    fast, slow = Distribution(), Distribution()
    for value in (20_000, 20_000, 40_000):
        fast.add(value)
    slow.add(10**12)
    classes = class_range([fast.latency(), slow.latency(), Distribution().latency()])
    bars = rects(histogram(fast.latency(), classes))
    assert [bar["height"] for bar in bars] == ["100", "50"]
    assert float(rects(histogram(slow.latency(), classes))[0]["x"]) == pytest.approx(len(classes) - 1 + 0.06)
    assert "18 µs to 32 µs: 2 messages" in histogram(fast.latency(), classes)
    assert class_words(0) == "0"
    assert not class_range([])


def test_every_state_has_a_colour_and_every_colour_a_word() -> None:
    assert set(GROUPS) == set(WORST_FIRST)
    assert set(GROUPS.values()) == set(LEGEND)
