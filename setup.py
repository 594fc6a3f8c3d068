"""Packaging that pyproject.toml cannot say: folders that are installed under the project's name, and the C extension.

In the checkout a folder is its own package (`server`); installed, it lives under the project's name
(`onebook.server`). `orderbook_ext` keeps its name in both. The extension is optional, so that a bot author's
`pip install` needs no compiler; BUILD_EXTENSION=yes makes its failure an error (CI, wheels).

ONEBOOK_POLL=kqueue builds the HTTP/2 engine on Linux with its code for macOS and the BSDs, where pkg-config knows a
libkqueue: that of the system, or tests/transport/native/kqueue (docs/inside.md).
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from Cython.Build import cythonize
from setuptools import Extension, find_packages, setup
from setuptools.command.build_ext import build_ext

FOLDERS = {
    "onebook.v1": "proto/onebook/v1",
    "onebook.compat": "proto/onebook/compat",
    "onebook.server": "server",
    "onebook.client": "client",
    "onebook.shm": "shm",
    "onebook.recording": "recording",
    "onebook.simulator": "simulator",
    "onebook.cli": "cli",
}

SANITIZE = ["-fsanitize=address,undefined", "-fno-omit-frame-pointer", "-O1", "-g"]
sanitize = SANITIZE if os.environ.get("ONEBOOK_SANITIZE") == "yes" else []
# Who builds with a level of optimisation, or with information for debuggers, of their own in CFLAGS keeps it. That
# information, which Python asks for, is two fifths of the build and five sixths of the files.
CHOSEN = os.environ.get("CFLAGS", "")
optimise = [] if os.name == "nt" else [flag for flag in ("-O3", "-g0") if flag[:2] not in CHOSEN]


LINUX = sys.platform.startswith("linux")
POLLS = LINUX or sys.platform.startswith(("darwin", "freebsd", "netbsd", "openbsd"))
"""Whether the system has epoll or kqueue."""


class Flags(NamedTuple):
    """For the compiler, and for the linker."""

    compile: list[str]
    link: list[str]


def library_flags(name: str, *defines: str) -> Flags | None:
    """How to compile and link with a library; None where pkg-config does not know it."""
    if shutil.which("pkg-config") is None:
        return None
    found = [
        subprocess.run(["pkg-config", what, name], capture_output=True, text=True, check=False)
        for what in ("--cflags", "--libs")
    ]
    if any(each.returncode for each in found):
        return None
    return Flags([*defines, *found[0].stdout.split()], found[1].stdout.split())


def kqueue_flags() -> Flags:
    """Where ONEBOOK_POLL asks for the kqueue of a library."""
    asked = os.environ.get("ONEBOOK_POLL", "")
    if asked not in ("", "kqueue"):
        raise SystemExit(f"ONEBOOK_POLL was {asked!r}, must be kqueue, or empty for what the system has")
    if not asked or not LINUX:
        return Flags([], [])
    flags = library_flags("libkqueue", "-DONEBOOK_KQUEUE")
    if flags is None:
        raise SystemExit("ONEBOOK_POLL=kqueue needs libkqueue, which pkg-config does not find")
    return flags


def native_engine() -> list[Extension]:
    """The HTTP/2 engine, where nghttp2 and epoll or kqueue are; elsewhere the server is grpcio's. Serving processes are
    Linux's alone."""
    if not POLLS:
        return []
    http = library_flags("libnghttp2")
    if http is None:
        print("nghttp2 was not found by pkg-config: the server will be grpcio's")
        return []
    secure = library_flags("openssl", "-DONEBOOK_TLS")
    if secure is None:
        print("OpenSSL was not found by pkg-config: the HTTP/2 engine will have no TLS")
        secure = Flags([], [])
    flags = [http, secure, kqueue_flags()]
    folder = Path("server/transport/native")
    return [
        Extension(
            f"onebook.server.transport.native.{name}",
            [str(folder / f"{name}.pyx")],
            depends=sorted(map(str, (folder / "core").glob("*.h"))),
            include_dirs=[str(folder)],
            extra_compile_args=[*optimise, *sanitize, *(flag for each in flags for flag in each.compile)],
            extra_link_args=[*sanitize, *(flag for each in flags for flag in each.link)],
            optional=os.environ.get("BUILD_EXTENSION") != "yes",
        )
        for name in ("_engine", *(["_board"] if LINUX else []))
    ]


def shared_memory() -> list[Extension]:
    """The writer and the reader of books in shared memory, which need loads of 64 bits that are atomic."""
    if os.name != "posix" or sys.maxsize < 1 << 32:
        return []
    core = Path("server/transport/shm")
    sources = {
        "onebook.server.transport.shm._slots": str(core / "_slots.pyx"),
        "onebook.shm._reader": "shm/_reader.pyx",
    }
    return [
        Extension(
            name,
            [source],
            depends=["shm/onebook_shm.h", *sorted(map(str, (core / "core").glob("*.h")))],
            include_dirs=["shm", str(core)],
            extra_compile_args=[*optimise, *sanitize],
            extra_link_args=sanitize,
            optional=os.environ.get("BUILD_EXTENSION") != "yes",
        )
        for name, source in sources.items()
    ]


def recording_ring() -> list[Extension]:
    """The ring between a server and its recorder, likewise."""
    if os.name != "posix" or sys.maxsize < 1 << 32:
        return []
    return [
        Extension(
            "onebook.recording._ring",
            ["recording/_ring.pyx"],
            depends=["recording/ring.h"],
            include_dirs=["recording"],
            extra_compile_args=[*optimise, *sanitize],
            extra_link_args=sanitize,
            optional=os.environ.get("BUILD_EXTENSION") != "yes",
        )
    ]


class BuildSideBySide(build_ext):  # type: ignore[misc]
    """Cython, which is not made for threads, translates all files first; then the compilers run side by side."""

    def build_extensions(self) -> None:
        for extension in self.extensions:
            extension.sources = cythonize([extension], force=self.force)[0].sources
        if self.parallel is None:
            self.parallel = True
        super().build_extensions()


setup(
    cmdclass={"build_ext": BuildSideBySide},
    packages=["orderbook_ext", *FOLDERS]
    + [f"{name}.{sub}" for name, folder in FOLDERS.items() for sub in find_packages(folder)],
    package_dir=FOLDERS,
    package_data={
        "": ["py.typed", "*.pyi", "*.proto", "*.pxd"],
        "onebook.shm": ["onebook_shm.h"],
        "onebook.server.page": ["static/*", "static/vendor/*"],
    },
    ext_modules=[
        Extension(
            "orderbook_ext._book",
            ["orderbook_ext/_book.pyx"],
            depends=sorted(
                f"orderbook_ext/{path.name}"
                for path in Path("orderbook_ext").iterdir()
                if path.suffix in (".h", ".pxd", ".pxi")
            ),
            include_dirs=["orderbook_ext"],
            extra_compile_args=[*optimise, *sanitize],
            extra_link_args=sanitize,
            optional=os.environ.get("BUILD_EXTENSION") != "yes",
        ),
        *shared_memory(),
        *recording_ring(),
        *native_engine(),
    ],
)
