"""The engine for systems that are not this one: what asks for the system, and whether it compiles there.

No macOS and no BSD runs here. zig brings their headers and what their libraries export: `pip install ziglang` (400 MB),
then python -m pytest tests/transport/native/test_systems.py.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from server.transport.native import AVAILABLE
from tests.captures import ROOT

NATIVE = ROOT / "server" / "transport" / "native"
CORE = NATIVE / "core"
SYSTEM = ("poller.h", "system.h")
TARGETS = ["aarch64-macos", "x86_64-macos", "x86_64-freebsd", "aarch64-freebsd", "x86_64-netbsd.11.0", "x86_64-openbsd"]
FLAGS = ("-std=gnu11", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function", f"-I{NATIVE}")
WORDS = re.compile(r"(?i:epoll|kqueue|kevent|eventfd)|accept4|\bSO_|MSG_NOSIGNAL|ucred|__linux__|__APPLE__")
WHOLE = """
#include "core/worker.h"
int main(void) {
    static Engine engine;
    static Worker worker;
    return !engine_init(&engine) || !worker_begin(&worker, &engine, 3, 4, NULL, NULL, 5);
}
"""


def zig() -> list[str]:
    """The command of zig's C compiler."""
    program = shutil.which("zig")
    if program is not None:
        return [program, "cc"]
    if importlib.util.find_spec("ziglang") is None:
        pytest.skip("zig is not installed: pip install ziglang")
    return [sys.executable, "-m", "ziglang", "cc"]


def compiled(target: str, *arguments: str) -> None:
    command = [*zig(), "-target", target, *FLAGS, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=300)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def headers(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Those of nghttp2 and OpenSSL alone, as the others beside them are this system's: the flag for their folder."""
    found = subprocess.run(
        ["pkg-config", "--variable=includedir", "libnghttp2", "openssl"], capture_output=True, text=True, check=False
    )
    if found.returncode:
        pytest.skip("nghttp2 or OpenSSL is not installed")
    into = tmp_path_factory.mktemp("headers")
    for folder in map(Path, found.stdout.split()):
        for part in (folder, folder / str(sysconfig.get_config_var("MULTIARCH"))):
            for name in ("nghttp2", "openssl"):
                if (part / name).is_dir():
                    shutil.copytree(part / name, into / name, dirs_exist_ok=True)
    return f"-I{into}"


def test_two_files_alone_ask_which_system_this_is() -> None:
    named = {path.name: path.read_text() for path in CORE.glob("*.h") if path.name not in SYSTEM}
    assert len(named) > 20
    assert {name: found for name, text in named.items() if (found := WORDS.findall(text))} == {
        "worker_words.h": ["eventfd"]  # Of serving processes, which are Linux's alone.
    }
    asked = {name for name, text in named.items() if re.search(r"^#\s*(el)?if", text, re.MULTILINE)}
    assert asked == {"tls.h"}  # Whether there is OpenSSL.


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("secure", [False, True], ids=["plain", "TLS"])
def test_the_engine_compiles(target: str, secure: bool, headers: str, tmp_path: Path) -> None:
    source = tmp_path / "whole.c"
    source.write_text(WHOLE)
    tls = ["-DONEBOOK_TLS"] if secure else []
    compiled(target, headers, *tls, "-c", str(source), "-o", str(tmp_path / "whole.o"))


@pytest.mark.parametrize("target", TARGETS)
def test_the_libraries_of_the_system_have_what_the_engine_waits_with(target: str, tmp_path: Path) -> None:
    source = Path(__file__).with_name("check_poller.c")
    compiled(target, str(source), "-lpthread", "-o", str(tmp_path / "check_poller"))


@pytest.mark.parametrize("target", TARGETS)
def test_the_extension_compiles(target: str, headers: str, tmp_path: Path) -> None:
    """With this system's headers of Python, which differ from theirs in what the system has."""
    zig()
    source = tmp_path / "_engine.c"
    subprocess.run([sys.executable, "-m", "cython", str(NATIVE / "_engine.pyx"), "-o", str(source)], check=True)
    python = f"-I{sysconfig.get_paths()['include']}"
    theirs = ["-D_BSD_SOURCE"] if "openbsd" in target else []  # As their pyconfig.h has it.
    ours = [*theirs, "-DONEBOOK_TLS", "-Wno-unused-parameter", "-Wno-missing-field-initializers"]
    compiled(target, headers, python, *ours, "-c", str(source), "-o", str(tmp_path / "_engine.o"))


SERVES = """
import select, selectors, sys
del select.epoll
select.kqueue = None
sys.modules["server.transport.native._board"] = None
import grpc
from server.api.access import Access
from server.api.streams import Streams
from server.config import Config
from server.errors import ConfigError
from server.model import Pair
from server.transport import choice, native

def server(processes):
    config = Config((Pair("BTC", "USDT"),), host="127.0.0.1", port=0, max_streams=4, serve_processes=processes)
    assert choice.chosen(config) == ("native", "")
    return choice.server_of(config, [], Streams(4), Access(), None)

try:
    server(2)
except ConfigError as error:
    print(error)
serving = server(0)
serving.start()
with grpc.insecure_channel(f"127.0.0.1:{serving.port}") as channel:
    print(channel.unary_unary("/grpc.health.v1.Health/Check")(b"", timeout=10))
serving.stop(0.1)
"""


@pytest.mark.skipif(not AVAILABLE, reason="the engine was not built here")
def test_where_python_has_no_epoll_a_thread_serves() -> None:
    """As on macOS: without _board, and without select.epoll."""
    done = subprocess.run(
        [sys.executable, "-c", SERVES], capture_output=True, text=True, check=False, cwd=ROOT, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "serve_processes needs Linux: on this system a thread of the server serves",
        r"b'\x08\x01'",
    ]
