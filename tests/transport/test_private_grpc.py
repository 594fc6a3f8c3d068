"""A grpcio without one of the private names is served on public API: no name is missed when the module is loaded."""

from __future__ import annotations

import ast
import importlib.util
import logging
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from server.transport.grpc import private_grpc

PATH = Path(private_grpc.__file__)
NEEDED = sorted(
    {
        (node.value.id, node.attr)
        for node in ast.walk(ast.parse(PATH.read_text()))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in ("_server", "cygrpc")
    }
)


def loaded_again() -> ModuleType:
    """The module as an import of it would be now."""
    spec = importlib.util.spec_from_file_location("server.transport.grpc.private_grpc_again", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def module_of(short: str) -> Any:
    return sys.modules["grpc._server" if short == "_server" else "grpc._cython.cygrpc"]


@pytest.mark.skipif(not private_grpc.AVAILABLE, reason="this grpcio lacks one already")
@pytest.mark.parametrize(("module", "name"), NEEDED, ids=lambda part: str(part))
def test_a_name_that_is_missing_is_noticed_at_once(
    module: str, name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert loaded_again().AVAILABLE
    monkeypatch.delattr(module_of(module), name)
    assert not loaded_again().AVAILABLE
    assert name in caplog.text
    assert "one thread per stream instead" in caplog.text


def test_no_other_module_takes_private_names() -> None:
    assert len(NEEDED) > 10
    server = PATH.parents[2]
    for path in server.rglob("*.py"):
        if path != PATH:
            text = path.read_text()
            assert "grpc._" not in text, path
            assert "from grpc import _" not in text, path
