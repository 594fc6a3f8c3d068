"""The house rules that a program can check: who imports whom, where venue names stand, files == registry."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from server.venues import VENUES

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("server", "client", "shm", "recording", "simulator", "cli", "orderbook_ext")
# What each part may import of the others, besides itself (relatively) and the contract (onebook.v1, onebook.compat).
MAY_IMPORT = {
    "server": {"orderbook_ext", "recording"},
    "client": set[str](),
    "shm": set[str](),
    "recording": set[str](),
    "simulator": {"recording"},
    "cli": {"recording"},
    "orderbook_ext": set[str](),
}
WORDS = {"gate"}
"""Venue names that are words of the language and of Python programs: they count where they stand quoted, or as part of
another name that is not a word."""
NAMES = re.compile(
    "|".join(
        [
            *sorted({name.split("_")[0] for name in VENUES} - WORDS),
            *(rf"""["'`]{word}["'`]|\b{word}_?(?:io|futures)\b""" for word in WORDS),
        ]
    ),
    re.IGNORECASE,
)


def modules(part: str) -> Iterator[Path]:
    return (ROOT / part).rglob("*.py")


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """All nodes of a file as Python reads it."""
    return tuple(ast.walk(ast.parse(path.read_text())))


def imported(path: Path) -> Iterator[str]:
    """Top-level names of absolute imports."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("part", PARTS)
def test_parts_import_only_what_they_may(part: str) -> None:
    allowed = MAY_IMPORT[part]
    for path in modules(part):
        foreign = (set(imported(path)) & {*PARTS, "proto"}) - allowed
        assert not foreign, f"{path.relative_to(ROOT)} imports {foreign}; own files are imported relatively"


@pytest.mark.parametrize("part", ["server", "client", "shm", "recording", "cli", "orderbook_ext"])
def test_venue_names_stand_in_venue_files_only(part: str) -> None:
    allowed = ROOT / "server" / "venues"
    for path in (*modules(part), *(ROOT / part).glob("*.p[yx]*")):
        if allowed in path.parents or path.suffix in (".pyc", ".so"):
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if NAMES.search(line):
                pytest.fail(f"{path.relative_to(ROOT)}:{number} names a venue: {line.strip()}")


def test_venue_files_are_the_registry() -> None:
    files = {path.stem for path in (ROOT / "server" / "venues").glob("*.py")} - {"__init__"}
    assert files == {venue.__module__.rpartition(".")[2] for venue in VENUES.values()}
    for name, venue in VENUES.items():
        assert name == venue.NAME
        assert f"{name}_".startswith(f"{venue.__module__.rpartition('.')[2]}_"), (
            "a file may hold two markets of one venue"
        )


def test_only_one_file_opens_exchange_websockets() -> None:
    importing = [path.relative_to(ROOT) for path in modules("server") if "websocket" in set(imported(path))]
    assert importing == [Path("server/connection/websocket.py")]


def test_the_pure_core_has_no_io() -> None:
    banned = {"socket", "ssl", "requests", "websocket", "time", "asyncio", "subprocess", "grpc"}
    for folder in ("server/protocol", "server/venues", "server/book"):
        for path in (ROOT / folder).rglob("*.py"):
            assert not set(imported(path)) & banned, path


def test_only_transports_know_what_carries_the_calls() -> None:
    outside = [path for path in modules("server") if ROOT / "server" / "transport" not in path.parents]
    carriers = {"grpc", "grpc_status", "grpc_health", "grpc_reflection", "grpc_channelz"}
    assert not [path.relative_to(ROOT) for path in outside if set(imported(path)) & carriers]


LAYERS = ("history", "sql", "protocol", "venues", "book", "network", "connection", "market", "feed", "recording")
"""Folders of the server that feed the books, lowest first: each imports only from those before it."""
READERS = ("history", "sql", "market", "publish", "analytics", "api", "transport")
"""Those that carry the books to clients, likewise."""


@pytest.mark.parametrize("layers", [LAYERS, READERS])
def test_layers_point_one_way(layers: tuple[str, ...]) -> None:
    for number, layer in enumerate(layers):
        for path in modules(f"server/{layer}"):
            above = set(folders_imported(path)) & set(layers[number + 1 :])
            assert not above, f"{path.relative_to(ROOT)} imports from {above}, above it"


def folders_imported(path: Path) -> Iterator[str]:
    """The folders of the server that a module of one of them imports from, at whatever depth the module lies."""
    depth = len(path.relative_to(ROOT / "server").parts)
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom) and node.level == depth:
            yield from ([node.module.split(".")[0]] if node.module else [alias.name for alias in node.names])


NOTHING_TO_TEST = {
    "api/calls": "types alone: what a service offers",
    "book/book_requests": "types alone: what a book asks of its connection",
    "book/monitor": "an interface and a type",
    "edge/counters": "counters alone",
    "edge/events": "types alone: what records say",
    "feed/feed_options": "types alone: how a venue is read",
    "feed/feed_taps": "an interface",
    "kafka/contract": "constants and types alone",
    "kafka/counters": "counters alone",
    "kafka/settings": "types alone: what is set",
    "kafka/source": "types alone: what a server has for Kafka",
    "metrics/metric": "types alone: what a metric is",
    "market/feed_listener": "an interface whose methods do nothing",
    "protocol/events": "types alone: what messages of venues mean",
    "report/page_style": "constants alone",
    "transport/http/framing": "an interface",
    "transport/limits": "constants alone",
    "units": "constants alone",
}
"""Modules without behaviour of their own, and why."""


def test_modules_of_recordings_have_test_files_too() -> None:
    tested = {path.stem.removeprefix("test_") for path in (ROOT / "tests" / "recording").glob("test_*.py")}
    assert {path.stem for path in modules("recording")} - tested == WITHOUT_BEHAVIOUR


WITHOUT_BEHAVIOUR = {"__init__", "errors", "layout", "records"}
"""Modules of `recording` that are types and constants alone."""


def test_modules_have_test_files_of_their_own_name() -> None:
    server, without = ROOT / "server", []
    for path in modules("server"):
        folder, name = path.parent.relative_to(server), path.relative_to(server).with_suffix("").as_posix()
        if path.stem == "__init__" or folder.parts[:1] == ("venues",):  # Suites over the registry test each venue.
            continue
        beside = ROOT / "tests" / Path(*(part for part in folder.parts if part != "grpc"))
        if not (beside / f"test_{path.stem}.py").exists() and name not in NOTHING_TO_TEST:
            without.append(name)
    assert without == []


def test_modules_with_nothing_to_test_have_no_function_that_does_anything() -> None:
    for name in NOTHING_TO_TEST:
        for node in nodes(ROOT / "server" / f"{name}.py"):
            if isinstance(node, ast.FunctionDef):
                assert all(isinstance(line, ast.Expr) for line in node.body), f"{name}: {node.name}() does something"
