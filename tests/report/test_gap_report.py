"""The JSON of a report: its names are documented and stay."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from server.report.gap_report import SCHEMA, GapReport

from .made import HOSTILE, PAIR, VENUE

DOCS = (Path(__file__).resolve().parents[2] / "docs" / "report.md").read_text()


def names(value: Any) -> set[str]:
    """All names of objects in JSON, but for those of states."""
    if isinstance(value, dict):
        inner = (names(each) for name, each in value.items() if name != "states_ns")
        return set(value).union(*inner)
    return set[str]().union(*map(names, value)) if isinstance(value, list) else set()


def test_the_json_has_what_the_report_has(report: GapReport) -> None:
    read = json.loads(report.to_json())
    assert read["schema"] == SCHEMA == 1
    (venue,) = read["venues"]
    (book,) = venue["books"]
    assert (venue["venue"], book["pair"]) == (VENUE, PAIR)
    assert book["gaps"] == report.venues[0].books[0].gaps == 1
    assert venue["disconnects"][0]["reason"] == HOSTILE
    assert read["losses"][0]["messages"] == 1234


def test_times_are_text_and_durations_are_numbers(report: GapReport) -> None:
    read = json.loads(report.to_json())
    assert read["begin_ns"] == str(report.begin_ns)
    assert read["recorded_ns"] == report.recorded_ns
    (ended,) = report.venues[0].disconnects
    assert read["venues"][0]["disconnects"][0]["end_ns"] == str(ended.end_ns)


def test_every_name_of_the_json_is_documented(report: GapReport) -> None:
    missing = {name for name in names(json.loads(report.to_json())) if f"`{name}`" not in DOCS}
    assert missing == set()
