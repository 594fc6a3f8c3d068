"""Errors raised on purpose: one family, what each carries, and no credentials in any message."""

from __future__ import annotations

import pytest

from server import errors
from server.errors import CommandError, ConfigError, OnebookError, VenueError

SECRET = "wss://user:hunter2@host/path"
MADE: list[OnebookError] = [
    OnebookError(SECRET),
    ConfigError(SECRET),
    CommandError(SECRET),
    errors.UnknownNameError(SECRET, "market", "X"),
    errors.DuplicateError(SECRET),
    errors.LimitError(SECRET, "markets", 5.0),
    VenueError(SECRET),
    errors.UnreachableError(SECRET),
    errors.UnrecordedError(SECRET, lost=True),
    errors.MessageGapError(SECRET),
    errors.ThrottledError(SECRET, 5.0),
    errors.RefusedError(SECRET),
    errors.FrameError(SECRET),
    errors.CorruptError(SECRET),
    errors.OversizeError(SECRET),
]


def test_every_error_of_the_module_is_tried_here() -> None:
    classes = {value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, OnebookError)}
    assert {type(error) for error in MADE} == classes


@pytest.mark.parametrize("error", MADE, ids=lambda error: type(error).__name__)
def test_credentials_do_not_stand_in_a_message(error: OnebookError) -> None:
    assert "hunter2" not in str(error)
    assert "host/path" in str(error)


@pytest.mark.parametrize("error", MADE[1:], ids=lambda error: type(error).__name__)
def test_an_error_is_of_the_user_of_a_command_or_of_a_venue_and_of_one_only(error: OnebookError) -> None:
    assert sum(isinstance(error, kind) for kind in (ConfigError, CommandError, VenueError)) == 1


def test_errors_carry_what_programs_need() -> None:
    unknown = errors.UnknownNameError("m", "venue", "okex", "okx")
    assert (unknown.kind, unknown.name, unknown.suggestion) == ("venue", "okex", "okx")
    throttled = errors.ThrottledError("m", 3.0, banned=True)
    assert (throttled.retry_after, throttled.banned) == (3.0, True)
    assert ConfigError("m").at == ()
