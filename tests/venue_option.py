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
    named = set(parameters.id.split("-")) & VENUES.keys() if parameters else set()
    if named:
        return venue in named
    of_file = {name for name in VENUES if item.path.stem in (f"test_{name}", f"test_{name}_rest")}
    return not of_file or bool(of_file & set(files_of(venue)))


def files_of(venue: str) -> list[str]:
    """The names of the venue's files and tests: its own, and those of venues whose protocol it shares."""
    modules = [base.__module__.rpartition(".") for base in VENUES[venue].__mro__]
    return list(dict.fromkeys([venue, *(name for package, _, name in modules if package == "server.venues")]))
