"""The public face of onebook.shm: names, documents, independence, and errors as their document draws them."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import shm
from shm import errors
from tests.captures import ROOT


def test_all_is_real_and_documented() -> None:
    assert len(set(shm.__all__)) == len(shm.__all__)
    for name in shm.__all__:
        thing = getattr(shm, name)
        if name == "IMPLEMENTATION":
            continue
        assert inspect.getdoc(thing), name
        for method, member in inspect.getmembers(thing, inspect.isfunction):
            if not method.startswith("_"):
                assert inspect.getdoc(member), f"{name}.{method}"


def test_the_tree_of_errors_is_the_code() -> None:
    text = errors.__doc__ or ""
    found = {
        name: getattr(errors, name)
        for name in dir(errors)
        if inspect.isclass(getattr(errors, name)) and issubclass(getattr(errors, name), errors.SharedBookError)
    }
    for name, kind in found.items():
        line = re.search(rf"\b{name}\b.*", text)
        assert line, name
        if kind is not errors.SharedBookError:
            assert ("retry" in line[0]) == kind.retry, name
            assert name in shm.__all__


def test_it_needs_nothing_but_python() -> None:
    words = (
        "import sys, shm; print(sorted(name for name in ('grpc', 'google', 'server', 'client') if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", words], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_header_is_where_it_says() -> None:
    assert (Path(shm.get_include()) / "onebook_shm.h").is_file()
