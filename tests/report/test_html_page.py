"""The page: well formed, nothing from elsewhere, nothing of others as mark-up, and readable without data."""

from __future__ import annotations

import dataclasses
import re

import pytest

from server.report.gap_report import GapReport, Loss, Proof
from server.report.html_page import html_page
from server.report.meanings import MEANINGS

from .made import HOSTILE
from .reading import Page


def test_the_page_is_well_formed_and_asks_nobody_for_anything(report: GapReport) -> None:
    source = html_page(report)
    page = Page(source)
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "base", "form", "a"}
    for tag, values in page.tags:
        assert not set(values) & {"src", "href", "srcset", "style", "xlink:href"}, tag
        assert not any(name.startswith("on") for name in values), tag
    assert not re.search(r"https?:|//[a-z]|url\(|@import", re.sub(r"&[^;]*;", "", source.replace("http://evil", "")))
    assert ("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}) in page.tags
    assert "prefers-color-scheme: dark" in source
    assert "@media print" in source
    assert len(source) < 200_000


def test_the_page_says_what_the_report_says(report: GapReport) -> None:
    page = Page(html_page(report))
    assert report.venues[0].sentence in page.text
    for term, words in MEANINGS:
        assert term in page.text
        assert words in page.text
    assert "1,234" in page.text
    assert len([tag for tag, _ in page.tags if tag == "svg"]) == 2 + 2, "a bar, a line, and two histograms"


def test_hostile_names_are_text(report: GapReport) -> None:
    (venue,) = report.venues
    book = dataclasses.replace(venue.books[0], pair=HOSTILE)
    venue = dataclasses.replace(
        venue, venue=HOSTILE, sentence=HOSTILE, books=(book,), not_subscribed=(HOSTILE, HOSTILE)
    )  # fmt: skip
    facts = dataclasses.replace(report.recording, name=HOSTILE, damage=(HOSTILE,))
    runs = tuple(dataclasses.replace(run, onebook=HOSTILE) for run in report.runs)
    losses = (Loss(1, 1, None, None, HOSTILE),)
    hostile = dataclasses.replace(
        report, venues=(venue,), recording=facts, runs=runs, losses=losses, onebook=HOSTILE
    )  # fmt: skip
    source = html_page(hostile)
    page = Page(source)
    assert "<script" not in source
    assert "\x1b" not in source
    assert "\u202e" not in source
    assert {tag for tag, _ in page.tags} == {tag for tag, _ in Page(html_page(report)).tags}
    assert page.text.count("alert(1)") >= 10


@pytest.mark.parametrize(
    ("proof", "said"),
    [
        (Proof(5, 0, 0), "All 5 digests"),
        (Proof(5, 2, 0), "its numbers are not those of the live server"),
        (Proof(0, 0, 3), "no digests of live books"),
    ],
)
def test_the_page_says_whether_its_books_are_those_that_were_live(report: GapReport, proof: Proof, said: str) -> None:
    assert said in Page(html_page(dataclasses.replace(report, proof=proof))).text


def test_a_report_of_nothing_is_a_page(report: GapReport) -> None:
    (venue,) = report.venues
    for venues in ((), (dataclasses.replace(venue, books=(), messages_by_part=()),)):
        Page(html_page(dataclasses.replace(report, venues=venues, recorded_ns=0)))
