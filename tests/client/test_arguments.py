"""Keyword arguments of the public methods: named one by one, and a wrong one gets a sentence with the nearest name."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from client import AsyncClient, Client, ControlClient, InvalidArgumentError
from client.arguments import nearest
from client.fields import one_of
from scripts.generate_client import stale

KINDS = (Client, AsyncClient, ControlClient)


def public(kind: type) -> Iterator[tuple[str, Callable[..., Any]]]:
    yield "__init__", kind.__init__  # type: ignore[misc]
    for name, member in inspect.getmembers(kind, inspect.isfunction):
        if not name.startswith("_"):
            yield name, member


@pytest.mark.parametrize("kind", KINDS)
def test_no_public_signature_hides_its_arguments(kind: type) -> None:
    for name, member in public(kind):
        kinds = {parameter.kind for parameter in inspect.signature(member).parameters.values()}
        assert not kinds & {inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL}, name


@pytest.mark.parametrize("kind", KINDS)
def test_every_public_method_names_the_nearest_argument(kind: type) -> None:
    for name, member in public(kind):
        known = list(inspect.signature(member).parameters)[1:]
        if name in ("close", "aclose"):
            continue
        misspelt = (known[-1] if known else "market") + "x"
        client = kind("127.0.0.1:1")
        called = f"{kind.__name__}" if name == "__init__" else f"{kind.__name__}.{name}"
        wanted = rf"^{called}\(\) has no argument '{misspelt}'"
        wanted += rf"; did you mean {known[-1]}\?; it takes .*{known[-1]}" if known else "; it takes"
        with pytest.raises(TypeError, match=wanted):
            made = member(client, **{misspelt: 1})
            if inspect.isawaitable(made):
                asyncio.run(_await(made))


async def _await(thing: Any) -> None:
    await thing


@pytest.mark.parametrize(
    ("wrong", "right"), [("level", "levels"), ("venue", "venues"), ("interval", "min_interval"), ("Levels", "levels")]
)
def test_what_people_type(wrong: str, right: str) -> None:
    with Client("127.0.0.1:1") as client, pytest.raises(TypeError, match=f"did you mean {right}"):
        client.stream_book("BTC/USDT", **{wrong: 1})  # type: ignore[call-overload]


def test_what_is_near_nothing_names_all() -> None:
    assert nearest("zzz", ("levels", "venues")) == ""
    with pytest.raises(TypeError, match=r"Client\(\) has no argument 'zzz'; it takes target, numbers, timeout"):
        Client(zzz=1)  # type: ignore[call-overload]


@pytest.mark.parametrize("name", ["book", "summary", "averages", "stream_book", "stream_summary", "stream_averages"])
@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_levels_is_an_argument_of_all_that_has_levels(kind: type, name: str) -> None:
    assert "levels" in inspect.signature(getattr(kind, name)).parameters


def test_levels_and_vwap_levels_are_one_thing() -> None:
    assert (one_of(0, 0), one_of(5, 0), one_of(0, 7), one_of(3, 3)) == (0, 5, 7, 3)
    with pytest.raises(InvalidArgumentError, match="were 4 and 3: give only one of them"):
        one_of(3, 4)


def test_signatures_and_docstrings_survive() -> None:
    assert str(inspect.signature(Client.venue_status)) == "(self, market: 'str' = '', *, raw: 'bool' = False) -> 'Any'"
    assert inspect.iscoroutinefunction(AsyncClient.book)
    assert "consolidated book" in (Client.stream_book.__doc__ or "")


def test_what_is_generated_is_what_the_files_of_the_calls_say() -> None:
    assert stale() == []
