"""`--venue NAME`: of the tests of all venues, those of one."""

from __future__ import annotations

import sys

import pytest

from server.venues import VENUES


def chosen_venue() -> str:
    """The venue that the command line names; empty if it names none. Known before tests are collected."""
    for number, word in enumerate(sys.argv):
        if word == "--venue" and number + 1 < len(sys.argv):
            return sys.argv[number + 1]
        if word.startswith("--venue="):
            return word.partition("=")[2]
    return ""


def only_of(venue: str, items: list[pytest.Item]) -> list[pytest.Item]:
    """The tests that are of this venue: its own files, and what is drawn with its name; and those of no venue."""
    return [item for item in items if concerns(venue, item)]


def concerns(venue: str, item: pytest.Item) -> bool:
    """Whether a test is of the venue, or of none."""
    parameters = getattr(item, "callspec", None)
    drawn = {value for value in parameters.params.values() if isinstance(value, str)} if parameters else set()
    named = drawn & VENUES.keys()
    if named:
        return venue in named
    of_file = {name for name in VENUES if item.path.stem in (f"test_{name}", f"test_{name}_rest")}
    return not of_file or venue in of_file
