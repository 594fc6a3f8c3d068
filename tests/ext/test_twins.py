"""The C core, its Python twin and the stub offer the same names."""

from __future__ import annotations

import ast
import inspect
import textwrap
from types import ModuleType

import pytest

from orderbook_ext import reference
from tests.captures import ROOT

CLASSES = reference.__all__
TWIN_ONLY = {"FrameDecoder": {"scanned"}}


def public(class_: type) -> set[str]:
    return {name for name in dir(class_) if not name.startswith("_")}


def stub_names(class_name: str) -> set[str]:
    tree = ast.parse((ROOT / "orderbook_ext" / "_book.pyi").read_text())
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == class_name)
    names = {node.name for node in body if isinstance(node, ast.FunctionDef)}
    names |= {node.target.id for node in body if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)}
    return {name for name in names if not name.startswith("_")}


@pytest.mark.parametrize("name", CLASSES)
def test_the_core_matches_the_stub(core: ModuleType, name: str) -> None:
    assert public(getattr(core, name)) == stub_names(name)


def instance_attributes(class_: type) -> set[str]:
    """What the constructor sets."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(class_)))
    stored = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)]
    names = {node.attr for node in stored if isinstance(node.value, ast.Name) and node.value.id == "self"}
    return {name for name in names if not name.startswith("_")}


@pytest.mark.parametrize("name", CLASSES)
def test_the_twin_matches_the_stub(name: str) -> None:
    twin = getattr(reference, name)
    assert public(twin) | instance_attributes(twin) == stub_names(name) | TWIN_ONLY.get(name, set())
