"""The public face: names, docstrings, independence from the rest, and what a type checker sees."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import grpc.experimental
import pytest

import client
from client import options
from client.generated import client_calls
from onebook.v1 import analytics_pb2, market_data_pb2
from tests.client.test_cli import ENVIRONMENT

ROOT = Path(__file__).parents[2]


def test_all_is_sorted_and_real() -> None:
    of_calls = client_calls.__all__
    own = client.__all__[: -len(of_calls)]
    assert client.__all__ == [*own, *of_calls], "those of the calls come last"
    assert (sorted(own), sorted(of_calls)) == (own, of_calls)
    assert len(set(client.__all__)) == len(client.__all__)
    assert all(hasattr(client, name) for name in client.__all__)


def test_every_call_of_the_contract_has_a_method() -> None:
    for contract in (market_data_pb2, analytics_pb2):
        for service in contract.DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", method.name).lower()
                assert callable(getattr(client.Client, re.sub("^(get|list)_", "", name))), method.name


def test_public_names_are_documented() -> None:
    for name in client.__all__:
        thing = getattr(client, name)
        if name == "Event":
            continue
        assert inspect.getdoc(thing), name
        for method, member in inspect.getmembers(thing, inspect.isfunction):
            if not method.startswith("_"):
                assert inspect.getdoc(member), f"{name}.{method}"


def test_sync_and_async_have_the_same_names() -> None:
    def signatures(kind: type) -> dict[str, inspect.Signature]:
        methods = dict(inspect.getmembers(kind, inspect.isfunction))
        public = {name: member for name, member in methods.items() if not name.startswith("_") and "close" not in name}
        return {name: inspect.signature(member).replace(return_annotation="") for name, member in public.items()}

    assert signatures(client.Client) == signatures(client.AsyncClient)
    assert {"quote", "stream_quote", "candles", "book"} <= set(signatures(client.Client))
    assert inspect.signature(client.Client) == inspect.signature(client.AsyncClient)


def test_the_client_imports_nothing_of_the_others() -> None:
    for path in (ROOT / "client").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            for name in names:
                assert name.split(".")[0] not in ("server", "simulator", "orderbook_ext", "cli", "client"), path
                assert not name.startswith("onebook.") or name.startswith("onebook.v1"), path


def test_every_option_has_its_reason() -> None:
    names = dict(options.sync_options())
    assert names["grpc.http2.bdp_probe"] == 0
    assert names["grpc.http2.lookahead_bytes"] == 16384
    assert names[grpc.experimental.ChannelOptions.SingleThreadedUnaryStream] == 1
    assert grpc.experimental.ChannelOptions.SingleThreadedUnaryStream not in dict(options.async_options())


def test_importing_needs_no_terminal_library() -> None:
    """A bot on Windows has no termios; only the live screen may ask for it."""
    code = "import sys; sys.modules['termios'] = None; import client, client.cli; print(len(client.__all__))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
@pytest.mark.parametrize("tool", ["mypy", "pyright"])
def test_types_are_known(tool: str) -> None:
    if importlib.util.find_spec(tool) is None:
        pytest.skip(f"{tool} is not installed")
    command = [sys.executable, "-m", tool]
    command += ["--pythonpath", sys.executable] if tool == "pyright" else []
    done = subprocess.run(
        [*command, "tests/typing/client_types.py"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
