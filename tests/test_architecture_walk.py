"""The walks of docs/architecture-walk.md are the code's: every function is there, no file twice, none too many."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MOST_FILES = 14
STEP = re.compile(r"^\d+\. `(?P<path>[\w/.]+)`: (?P<names>(?:`[\w.]+`(?:, )?)+)", re.MULTILINE)
WALKS = re.split(r"^## ", (ROOT / "docs" / "architecture-walk.md").read_text(), flags=re.MULTILINE)[1:]


@pytest.mark.parametrize("walk", WALKS, ids=["frame", "trade"])
def test_a_walk(walk: str) -> None:
    steps = [(found["path"], re.findall(r"`([\w.]+)`", found["names"])) for found in STEP.finditer(walk)]
    paths = [path for path, _ in steps]
    assert len(steps) == len(re.findall(r"^\d+\. ", walk, re.MULTILINE)), "every step names a file and functions"
    assert len(paths) <= MOST_FILES
    assert len(set(paths)) == len(paths), "no file is entered twice"
    for path, names in steps:
        missing = set(names) - functions(ROOT / path)
        assert not missing, f"{path} has no {missing}"


def functions(path: Path) -> set[str]:
    """The functions of a file, methods with their class."""
    if path.suffix != ".py":
        return functions_of_c(path.read_text())
    found = set[str]()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{each.name}" for each in node.body if isinstance(each, ast.FunctionDef)}
    return found


def functions_of_c(text: str) -> set[str]:
    """Of C headers and Cython files."""
    found, owner = set[str](), ""
    for line in text.splitlines():
        if named := re.match(r"(?:cdef )?class (\w+)", line):
            owner = named[1] + "."
        elif method := re.match(r"    (?:cdef|def|cpdef)\b[^=(]*?(\w+)\(", line):
            found.add(owner + method[1])
        elif function := re.match(r"static [^;=]*?(\w+)\(", line):
            found.add(function[1])
    return found
