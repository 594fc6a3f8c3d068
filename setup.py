"""Packaging that pyproject.toml cannot say: folders that are installed under the project's name, and the C extension.

In the checkout a folder is its own package (`server`); installed, it lives under the project's name
(`onebook.server`). `orderbook_ext` keeps its name in both. The extension is optional, so that a bot author's
`pip install` needs no compiler; BUILD_EXTENSION=yes makes its failure an error (CI, wheels).
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import Extension, find_packages, setup

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
# Who builds with a level of optimisation of their own in CFLAGS keeps it.
optimise = [] if os.name == "nt" or "-O" in os.environ.get("CFLAGS", "") else ["-O3"]


def library_flags(name: str) -> list[str] | None:
    """How to compile and link with a library; None where pkg-config does not know it."""
    found = subprocess.run(["pkg-config", "--cflags", "--libs", name], capture_output=True, text=True, check=False)
    return None if found.returncode else found.stdout.split()


def native_engine() -> list[Extension]:
    """The HTTP/2 engine, where nghttp2 and epoll are; elsewhere the server is grpcio's."""
    if not sys.platform.startswith("linux") or shutil.which("pkg-config") is None:
        return []
    flags = library_flags("libnghttp2")
    if flags is None:
        print("nghttp2 was not found by pkg-config: the server will be grpcio's")
        return []
    secure = library_flags("openssl")
    if secure is None:
        print("OpenSSL was not found by pkg-config: the HTTP/2 engine will have no TLS")
    else:
        flags += ["-DONEBOOK_TLS", *secure]
    folder = Path("server/transport/native")
    return [
        Extension(
            f"onebook.server.transport.native.{name}",
            [str(folder / f"{name}.pyx")],
            depends=sorted(map(str, (folder / "core").glob("*.h"))),
            include_dirs=[str(folder)],
            extra_compile_args=[*optimise, *sanitize, *(flag for flag in flags if not flag.startswith("-l"))],
            extra_link_args=[*sanitize, *(flag for flag in flags if flag.startswith("-l"))],
            optional=os.environ.get("BUILD_EXTENSION") != "yes",
        )
        for name in ("_engine", "_board")
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


setup(
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
            ["orderbook_ext/_book.pyx"],  # setuptools runs Cython itself
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
