"""Packages are locked with hashes, and known vulnerabilities fail the build where a list of them can be reached."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

from scripts import audit

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)(?: ; (.*?))?(?: \\)?$", re.MULTILINE)
BUILT_ON = {
    "grpcio", "grpcio-tools", "protobuf", "websocket-client", "cython", "sortedcontainers", "requests", "pytest",
}  # fmt: skip


def pins(name: str) -> dict[tuple[str, str], str]:
    """Version by package and marker."""
    found = PIN.findall((ROOT / name).read_text(encoding="utf-8"))
    return {(package.lower().replace("_", "-"), marker): version for package, version, marker in found}


def test_both_locks_and_the_constraints_agree() -> None:
    known = pins("constraints.txt")
    assert pins("locks/test.txt") == known
    assert pins("locks/run.txt").items() <= known.items()


@pytest.mark.parametrize("name", ["locks/run.txt", "locks/test.txt"])
def test_every_package_has_its_hashes(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    for entry in re.split(r"\n(?=[a-z])", text):
        if "==" in entry:
            assert "--hash=sha256:" in entry, entry


def test_the_locks_have_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    locked = {package for package, _ in pins("locks/test.txt")}
    for wanted in (*project["dependencies"], *(each for extra in extras.values() for each in extra)):
        name = re.match(r"[A-Za-z0-9_.-]+", wanted)
        assert name is not None
        assert name[0].lower() in {*locked, "onebook"}, wanted
    assert {re.split("[>=]", each)[0] for each in project["dependencies"]} == {"grpcio", "protobuf"}


def test_the_requirements_name_what_the_project_is_built_on() -> None:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    named = {line.partition("#")[0].strip() for line in lines}
    assert named >= BUILT_ON
    assert "-e .[all,test]" in named


def package(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "version": "1", "vulns": [], **more}


def test_a_known_vulnerability_fails() -> None:
    bad = package("x", vulns=[{"id": "CVE-1", "fix_versions": ["2"]}])
    words, status = audit.verdict({"dependencies": [package("y"), bad]})
    assert status == 1
    assert "x 1: CVE-1, mended in 2" in words


def test_none_is_said_and_what_no_list_has() -> None:
    words, status = audit.verdict({"dependencies": [package("x"), {"name": "y", "skip_reason": "?"}]})
    assert (words, status) == ("no known vulnerabilities in 1 packages; 1 are in no list: y", 0)


@pytest.mark.parametrize("report", [{}, {"dependencies": []}, {"dependencies": [{"name": "y", "skip_reason": "?"}]}])
def test_no_list_is_said_and_no_failure(report: dict[str, Any]) -> None:
    words, status = audit.verdict(report)
    assert status == 0
    assert "not checked" in words


@pytest.mark.parametrize("answer", ["not json", ""])
def test_a_tool_that_cannot_answer_is_no_failure(
    answer: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(audit, "_tool", lambda _deadline: Path("/nowhere/pip-audit"))
    monkeypatch.setattr(audit, "_run", lambda _command, _deadline: answer)
    assert audit.main(ROOT / "locks" / "run.txt") == 0
    assert "not checked" in capsys.readouterr().out


def test_a_tool_that_hangs_is_left(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(audit, "LIMIT", 0.1)
    monkeypatch.setattr(audit, "_tool", lambda _deadline: Path("/nowhere"))
    run = audit._run  # noqa: SLF001 - a moment that is hard to provoke
    monkeypatch.setattr(audit, "_run", lambda _command, deadline: run(["sleep", "60"], deadline))
    assert audit.main(ROOT / "locks" / "run.txt") == 0
    assert "no answer within" in capsys.readouterr().out
