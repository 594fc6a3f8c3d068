"""What a new analytic takes: a folder and an entry on the server, a file and a command in the client.

At most eight files outside the contract and what is generated, and nothing else names it: what users import, the calls
of both clients, their JSON, the table of commands and the reference of fields follow from these.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from cli.analytics import ANALYTICS as COMMANDS
from scripts.generate_client import GENERATED, Group, groups
from server.analytics.registry import ANALYTICS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
REGISTRY = "server/analytics/registry.py"
FILES = (
    "server/analytics/{}/__init__.py",
    "server/analytics/{}/request.py",
    "server/analytics/{}/topic.py",
    "client/analytics/{}.py",
    "client/analytics/{}_cli.py",
)
"""What every analytic has. Beside them `compute.py` and `runtime.py`, where something is computed all the time."""
MOST = 8
NAMES = {analytic.calls.__module__.split(".")[-2]: analytic for analytic in ANALYTICS}
SHOWN_ON_SCREEN = {"client/tui"}
"""Panes of the live screen show some analytics beside the book."""
NAMED_ELSEWHERE = {
    # A summary holds the averages of its price, and the history keeps them.
    "averages": {
        "server/api/market_data.py",
        "server/history_source/history_listener.py",
        "server/history_source/market_sampler.py",
        "server/push/push_posts.py",  # Programs that post books ask for them.
    },
    "candles": {
        "server/analytics/backfill.py",
        "server/analytics/open_interest/runtime.py",
        "server/csv_files/candle_files.py",  # Candles as files.
        "server/csv_files/candle_table.py",
        "server/edge/candle_decoder.py",  # Candles that other servers publish.
        "server/edge/market_candles.py",
        "server/history_source/candle_rows.py",  # Candles as rows.
        "server/history_source/history_listener.py",
        "server/report/book_watch.py",
        "server/report/report_collector.py",
    },
    "open_interest": {"server/analytics/candles/candle_set.py"},  # A candle holds the open interest at its end.
    "order_flow": set[str](),
    "quotes": {"server/analytics/calls.py", "server/api/analytics.py", "server/app.py"},  # What venues ask of orders.
    "vwap": set[str](),
}
"""Who may import from an analytic's folder or files, besides the registry and the screen. It only shrinks."""


def sources() -> Iterator[Path]:
    """Everything that is written by hand and shipped."""
    generated = {GENERATED, ROOT / "cli" / "analytics.py", ROOT / "server" / "readable" / "contract_words.py"}
    for part in ("server", "client", "simulator", "cli", "orderbook_ext", "scripts"):
        for path in sorted((ROOT / part).rglob("*.py")):
            if not generated & {path, path.parent}:
                yield path


def own(name: str) -> set[str]:
    """The files of an analytic."""
    found = [*(ROOT / "server" / "analytics" / name).glob("*.py"), *(ROOT / "client" / "analytics").glob(f"{name}*.py")]
    return {path.relative_to(ROOT).as_posix() for path in found}


def group(name: str) -> Group:
    """The calls of an analytic in the client."""
    (found,) = (each for each in groups() if each.path == ROOT / "client" / "analytics" / f"{name}.py")
    return found


@cache
def imported(path: Path) -> frozenset[str]:
    """Modules that a file imports relatively, as paths below the root without an ending."""
    return frozenset(_imported(path))


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = path.parents[node.level - 1].relative_to(ROOT)
            module = base / (node.module or "").replace(".", "/")
            yield module.as_posix()
            yield from ((module / alias.name).as_posix() for alias in node.names)


@pytest.mark.parametrize("name", NAMES)
def test_an_analytic_has_its_files_and_no_others(name: str) -> None:
    assert {each.format(name) for each in FILES} <= own(name)
    assert (GENERATED / f"aio_{name}.py").exists()
    assert f"client.analytics.{name}_cli" in {module for module, _ in COMMANDS.values()}


def test_the_client_has_no_analytic_that_the_server_has_not() -> None:
    in_client = {each.path.stem for each in groups() if each.path.parent.name == "analytics"}
    assert in_client == set(NAMES) == set(NAMED_ELSEWHERE)
    assert len(COMMANDS) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_else_imports_from_an_analytic(name: str) -> None:
    mine = own(name)
    places = {path.removesuffix(".py").removesuffix("/__init__") for path in mine}
    users = set()
    for path in sources():
        shown = path.relative_to(ROOT).as_posix()
        if shown not in mine | {REGISTRY} and places & imported(path):
            users.add(shown)
    assert {path for path in users if path.rpartition("/")[0] not in SHOWN_ON_SCREEN} == NAMED_ELSEWHERE[name]


@pytest.mark.parametrize("name", [name for name, users in NAMED_ELSEWHERE.items() if not users])
def test_an_analytic_of_its_own_is_at_most_eight_files(name: str) -> None:
    """By every name that it has: of its messages, its calls on both sides, its runtime, and its modules."""
    analytic, of_client = NAMES[name], group(name)
    classes = [*of_client.messages, of_client.calls, analytic.calls.__name__]
    classes += [analytic.runtime.__name__] if analytic.runtime else []
    words = re.compile(rf"\b({'|'.join(classes)}|analytics\W{name}\w*)\b")
    naming = {path.relative_to(ROOT).as_posix() for path in sources() if words.search(path.read_text("utf-8"))}
    on_screen = {path for path in naming if path.rpartition("/")[0] in SHOWN_ON_SCREEN}
    assert naming - own(name) - on_screen == {REGISTRY}
    assert len(own(name) | {REGISTRY}) <= MOST


def test_the_newest_analytic_is_named_in_eight_files() -> None:
    """Order flow is of no other's kind, so that its plain name can be looked for, however it is spelled."""
    words = re.compile(r"order.?flow", re.IGNORECASE)
    naming = {path.relative_to(ROOT).as_posix() for path in sources() if words.search(path.read_text("utf-8"))}
    assert naming == {
        REGISTRY,
        "server/analytics/order_flow/__init__.py",
        "server/analytics/order_flow/compute.py",
        "server/analytics/order_flow/request.py",
        "server/analytics/order_flow/runtime.py",
        "server/analytics/order_flow/topic.py",
        "client/analytics/order_flow.py",
        "client/analytics/order_flow_cli.py",
    }
