"""Where setup.py builds the engine, and by which flags."""

from __future__ import annotations

import runpy
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.captures import ROOT

setuptools: Any = pytest.importorskip("setuptools")
NATIVE = "onebook.server.transport.native."
PC = """
Name: {name}
Description: made for a test
Version: 1
Cflags: -I/opt/{name}/include
Libs: -L/opt/{name}/lib -l{name}
"""

pytestmark = pytest.mark.skipif(shutil.which("pkg-config") is None, reason="pkg-config is not installed")


@pytest.fixture
def libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What pkg-config knows: only what is in this folder."""
    monkeypatch.setenv("PKG_CONFIG_LIBDIR", str(tmp_path))
    monkeypatch.delenv("PKG_CONFIG_PATH", raising=False)
    monkeypatch.delenv("ONEBOOK_POLL", raising=False)
    for name in ("libnghttp2", "openssl"):
        (tmp_path / f"{name}.pc").write_text(PC.format(name=name))
    return tmp_path


def built(monkeypatch: pytest.MonkeyPatch, system: str = "linux") -> dict[str, Any]:
    """The extensions of the engine on this system, by their names."""
    found: dict[str, Any] = {}
    monkeypatch.setattr(setuptools, "setup", lambda **options: found.update(options))
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.chdir(ROOT)
    runpy.run_path("setup.py")
    return {each.name.removeprefix(NATIVE): each for each in found["ext_modules"] if each.name.startswith(NATIVE)}


@pytest.mark.parametrize(
    ("system", "names"),
    [
        ("linux", ["_engine", "_board"]),
        ("darwin", ["_engine"]),
        ("freebsd14", ["_engine"]),
        ("netbsd10", ["_engine"]),
        ("openbsd7", ["_engine"]),
        ("sunos5", []),
        ("win32", []),
    ],
)
def test_the_engine_is_built_where_the_system_has_epoll_or_kqueue(
    system: str, names: list[str], libraries: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list(built(monkeypatch, system)) == names


def test_libraries_may_be_in_folders_of_their_own(libraries: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As those of Homebrew are."""
    engine = built(monkeypatch, "darwin")["_engine"]
    flags = ["-I/opt/libnghttp2/include", "-DONEBOOK_TLS", "-I/opt/openssl/include"]
    assert [each for each in engine.extra_compile_args if each[:2] in ("-I", "-D")] == flags
    wanted = ["-L/opt/libnghttp2/lib", "-llibnghttp2", "-L/opt/openssl/lib", "-lopenssl"]
    assert [each for each in engine.extra_link_args if each[:2] in ("-L", "-l")] == wanted
    assert not [each for each in engine.extra_compile_args if each[:2] in ("-L", "-l")]


def test_without_openssl_there_is_no_tls(libraries: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (libraries / "openssl.pc").unlink()
    assert "-DONEBOOK_TLS" not in built(monkeypatch)["_engine"].extra_compile_args


def test_without_nghttp2_there_is_no_engine(
    libraries: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (libraries / "libnghttp2.pc").unlink()
    assert built(monkeypatch) == {}
    assert "the server will be grpcio's" in capsys.readouterr().out


def test_on_linux_a_kqueue_can_be_asked_for(libraries: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(__file__).parent / "kqueue"
    monkeypatch.setenv("ONEBOOK_POLL", "kqueue")
    monkeypatch.setenv("PKG_CONFIG_PATH", str(folder))
    flags = built(monkeypatch)["_engine"].extra_compile_args
    assert {"-DONEBOOK_KQUEUE", f"-I{folder}"} <= set(flags)
    assert "-DONEBOOK_KQUEUE" not in built(monkeypatch, "darwin")["_engine"].extra_compile_args


@pytest.mark.parametrize(
    ("asked", "words"),
    [("select", "ONEBOOK_POLL was 'select', must be kqueue"), ("kqueue", "needs libkqueue, which pkg-config does not")],
)
def test_what_cannot_be_had_is_an_error(
    asked: str, words: str, libraries: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONEBOOK_POLL", asked)
    with pytest.raises(SystemExit, match=words):
        built(monkeypatch)
