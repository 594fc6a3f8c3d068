"""The client that is written from the files of its calls: a new file is all that a new group of calls needs."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest

from scripts import generate_client
from scripts.generate_client import made, stale

pytestmark = pytest.mark.slow

FUNDING = '''"""Funding rates: messages, requests and calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic

from ..calls import Calls
from ..numbers import Number
from ..query import Query
from ..stream import Stream

__all__ = ["Funding"]


@dataclass(frozen=True, slots=True)
class Funding(Generic[Number]):
    """A rate."""

    rate: Number


def get_query(market: str) -> Query[Any, Funding[Number]]:
    """GetFunding."""
    raise NotImplementedError(market)


def _helper() -> None: ...


class FundingCalls(Calls[Number]):
    """A part of `Client`."""

    def stream_funding(self, market: str = "") -> Stream[Funding[Number]]:
        """Every change."""
        return self._stream(get_query(market), False)

    def funding(self, market: str = "") -> Funding[Number]:
        """The rate now."""
        return self._ask(get_query(market))
'''


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the client, to which files can be added."""
    for name, folder in (("ROOT", tmp_path), ("CLIENT", tmp_path / "client")):
        monkeypatch.setattr(generate_client, name, folder)
    monkeypatch.setattr(generate_client, "GENERATED", tmp_path / "client" / "generated")
    monkeypatch.setattr(generate_client, "BASE", tmp_path / "client" / "calls.py")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(__file__).parents[1] / "client", tmp_path / "client", ignore=ignored)
    shutil.copytree(Path(__file__).parents[1] / "cli", tmp_path / "cli", ignore=ignored)
    assert stale() == []
    return tmp_path / "client"


def test_a_new_file_is_all_that_a_new_group_needs(client: Path) -> None:
    (client / "analytics" / "funding.py").write_text(FUNDING)
    (client / "analytics" / "funding_cli.py").write_text('"""`onebook funding`: print funding rates."""\n')
    assert stale() == [
        "client/generated/aio_funding.py",
        "client/generated/client_calls.py",
        "client/generated/aio_client_calls.py",
        "cli/analytics.py",
    ]
    texts = {path.relative_to(client.parent).as_posix(): text for path, text in made().items()}
    twin = texts["client/generated/aio_funding.py"]
    (calls,) = (node for node in ast.parse(twin).body if isinstance(node, ast.ClassDef))
    stream, call = calls.body[1:]
    assert (calls.name, isinstance(stream, ast.FunctionDef), isinstance(call, ast.AsyncFunctionDef)) == (
        *("AsyncFundingCalls", True),
        True,
    )
    assert "return await self._ask(get_query(market))" in twin
    assert "-> AsyncStream[Funding[Number]]:" in twin
    assert "from ..analytics.funding import Funding, get_query\n" in twin
    assert "from ..stream" not in twin
    assert "    FundingCalls[Number],\n" in texts["client/generated/client_calls.py"]
    assert '    "Funding",\n' in texts["client/generated/client_calls.py"]
    assert "    AsyncFundingCalls[Number],\n" in texts["client/generated/aio_client_calls.py"]
    assert '"funding": ("client.analytics.funding_cli", "print funding rates"),' in texts["cli/analytics.py"]


def test_a_command_that_does_not_say_what_it_is_is_an_error(client: Path) -> None:
    (client / "analytics" / "funding_cli.py").write_text('"""Funding rates."""\n')
    with pytest.raises(SystemExit, match=r"client/analytics/funding_cli\.py: its docstring must begin with"):
        made()


def test_what_has_no_file_any_more_is_stale(client: Path) -> None:
    (client / "generated" / "aio_gone.py").write_text("")
    assert stale() == ["client/generated/aio_gone.py"]
    (client / "generated" / "aio_vwap.py").write_text("")
    assert stale() == ["client/generated/aio_vwap.py", "client/generated/aio_gone.py"]
