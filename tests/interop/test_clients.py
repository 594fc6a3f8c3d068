"""The scenario with the clients of every language, over every transport: scenario.md says what each step is."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from tests.e2e.test_tls import Authority
from tests.transport.servers import NATIVE, TRANSPORTS

from . import builds
from .programs import STEPS, Server, Step, scenario
from .served import STILL_ASKS, STILL_BIDS

pytestmark = pytest.mark.timeout(1200)  # The first test of a language builds its client.
CLIENTS: dict[str, Callable[[], list[str]]] = {
    "python": lambda: [sys.executable, "-m", "tests.interop.python.sync_client"],
    "python-aio": lambda: [sys.executable, "-m", "tests.interop.python.aio_client"],
    "go": builds.go,
    "java": builds.java,
    "rust": builds.rust,
    "cpp": builds.cpp,
}
CANCELLED, UNAVAILABLE = 1, 14
# A call that comes while the server stops: gRPC's core answers CANCELLED for some, and so does tonic, for calls that
# wait in a connection that ends.
REFUSED = {CANCELLED, UNAVAILABLE}
STRICT = {(each, language): {UNAVAILABLE} for each in NATIVE for language in CLIENTS if language != "rust"}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    builds.need("openssl")
    return Authority(tmp_path_factory.mktemp("pem"), "authority")


@pytest.fixture(params=CLIENTS)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_plain_text(language: str, transport: str) -> None:
    check(language, transport)


@pytest.mark.parametrize("transport", [each for each in TRANSPORTS if "generator" not in each.values])
@pytest.mark.parametrize("language", ["go", "rust", "java", "python", "cpp"], indirect=True)
def test_tls(language: str, transport: str, authority: Authority) -> None:
    check(language, transport, authority)


def check(language: str, transport: str, authority: Authority | None = None) -> None:
    """Runs the scenario, and asserts that every step did what it should."""
    command = CLIENTS[language]()
    pem = authority.sign("localhost") if authority else None
    server = Server(transport, [pem.certificate, pem.key] if pem else [])
    roots: list[Path] = [authority.pem.certificate] if authority else []
    try:
        steps = scenario([*command, server.address, *map(str, roots)], server.ask_to_stop)
    finally:
        summaries = server.stop()
    assert [step for step in steps.values() if not step.ok] == []
    assert [*steps] == [*STEPS[:-1], "ready", STEPS[-1]], "a step is missing"
    assert exact(steps["unary"]) == (rows(STILL_BIDS), rows(STILL_ASKS))
    answered, *refused = map(int, re.findall(r"\d+", steps["shutdown"].detail))
    assert answered == summaries, "an answer was lost"
    assert answered > 0
    assert set(refused) <= STRICT.get((transport, language), REFUSED)


Rows = list[tuple[Decimal, Decimal]]


def rows(side: list[tuple[str, str]]) -> Rows:
    return [(Decimal(price), Decimal(size)) for price, size in side]


def exact(step: Step) -> tuple[Rows, ...]:
    """Both sides of the book that a client wrote as PRICExSIZE@VENUE."""
    sides = [side.split() for side in step.detail.split(" | ")]
    assert all(word.endswith("@alpha") for side in sides for word in side)
    words = [[word.partition("@")[0].split("x") for word in side] for side in sides]
    return tuple([(Decimal(price), Decimal(size)) for price, size in side] for side in words)
