"""h2spec against the engine and, for comparison, grpcio: what of RFC 9113 and HPACK a server does as it is written."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from server.transport.native import AVAILABLE

from . import builds
from .programs import Server

pytestmark = pytest.mark.timeout(600)
CASES = 145
LEAST = 141
# nghttp2 ignores DATA on a stream that is closed, and tells nobody of it: an error of the connection is due.
KNOWN = {
    "closed: Sends a DATA frame after sending RST_STREAM frame",
    "closed: Sends a DATA frame",
}
PATIENCE, HASTE = 3, 1
"""Seconds that a case waits for an answer: of the engine, and of grpcio, which leaves many without one."""
RESULT = re.compile(r"(\d+) tests, (\d+) passed, (\d+) skipped, (\d+) failed")


@pytest.fixture(scope="module")
def h2spec() -> Path:
    builds.need("go")
    return builds.go_tool(builds.H2SPEC)


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    made = Server(request.param)
    yield made
    made.stop()


def judged(h2spec: Path, server: Server, report: Path, patience: int) -> tuple[str, set[str]]:
    """The last line of h2spec, and the names of the cases that failed."""
    command = [h2spec, "-h", "localhost", "-p", server.port, "-o", patience, "-j", report]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, timeout=500)
    found = RESULT.search(done.stdout)
    assert found is not None, done.stdout[-2000:] + done.stderr[-2000:]
    cases = ElementTree.parse(report).iter("testcase")
    failed = {str(case.get("classname")) for case in cases if {each.tag for each in case} & {"failure", "error"}}
    return found[0], failed


@pytest.mark.skipif(not AVAILABLE, reason="the engine was not built here")
@pytest.mark.parametrize("server", ["native"], indirect=True)
def test_the_engine(h2spec: Path, server: Server, tmp_path: Path) -> None:
    words, failed = judged(h2spec, server, tmp_path / "report.xml", PATIENCE)
    print(f"native: {words}; failed: {sorted(failed)}")
    cases, passed, _skipped, _failed = map(int, re.findall(r"\d+", words))
    assert cases == CASES
    assert failed <= KNOWN
    assert passed >= LEAST


@pytest.mark.parametrize("server", ["push"], indirect=True)
def test_grpcio_for_comparison(h2spec: Path, server: Server, tmp_path: Path) -> None:
    """It is not ours: it is only to answer calls after all of that."""
    words, failed = judged(h2spec, server, tmp_path / "report.xml", HASTE)
    print(f"grpcio: {words}; {len(failed)} names failed")
    assert int(words.split()[0]) == CASES
