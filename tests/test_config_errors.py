"""Errors of a configuration: all of them are found, each with the keys of its value."""

from __future__ import annotations

import pytest

from server.config_errors import Collector, ConfigErrors, moved
from server.errors import ConfigError


def failing(*errors: ConfigError) -> None:
    raise errors[0] if len(errors) == 1 else ConfigErrors(errors)


def test_what_can_be_read_is_returned() -> None:
    found = Collector()
    assert found.attempt(("port",), lambda: 7) == 7
    found.done()


def test_errors_are_kept_under_the_keys_of_their_value() -> None:
    found = Collector()
    assert found.attempt(("venues", "x"), lambda: failing(ConfigError("bad", ("ws",), key=True))) is None
    assert found.attempt(("pairs",), lambda: failing(ConfigError("one", (0,)), ConfigError("two", (3,)))) is None
    assert [(str(error), error.at, error.key) for error in found.errors] == [
        ("bad", ("venues", "x", "ws"), True),
        ("one", ("pairs", 0), False),
        ("two", ("pairs", 3), False),
    ]


def test_other_errors_are_not_swallowed() -> None:
    with pytest.raises(ZeroDivisionError):
        Collector().attempt((), lambda: 1 // 0)


@pytest.mark.parametrize(
    ("count", "message"),
    [
        (1, "e0"),
        (2, "e0 (and 1 more error: onebook check-config)"),
        (3, "e0 (and 2 more errors: onebook check-config)"),
    ],
)
def test_the_message_is_the_first_and_the_number_of_the_others(count: int, message: str) -> None:
    errors = [ConfigError(f"e{number}") for number in range(count)]
    with pytest.raises(ConfigErrors) as raised:
        Collector(errors).done()
    assert str(raised.value) == message
    assert raised.value.errors == tuple(errors)


def test_errors_are_asked_for_by_the_beginning_of_their_setting() -> None:
    found = Collector([ConfigError("bad", ("tls_key",)), ConfigError("nowhere")])
    assert found.of("tls")
    assert found.of("pairs", "tls_")
    assert not found.of("pairs")
    assert not Collector().of("pairs")


def test_moving_an_error_leaves_the_original_as_it_was() -> None:
    error = ConfigError("bad", ("b",), key=True)
    there = moved(error, ("a",))
    assert (there.at, there.key, str(there)) == (("a", "b"), True, "bad")
    assert error.at == ("b",)
