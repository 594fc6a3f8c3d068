"""The client programs of other languages: built where their toolchain is, and again only where something has changed.

The code of the contract is made from one set of descriptors, that of the Python packages: so no language needs files of
health, reflection and google.rpc of its own.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor import FileDescriptor
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2

from onebook.compat import orderbook_pb2
from onebook.v1 import market_data_pb2
from tests.captures import ROOT

HERE = Path(__file__).parent
BUILD = ROOT / "build" / "interop"
CONTRACT = BUILD / "contract.binpb"
OWN = ("onebook/v1/types.proto", "onebook/v1/market_data.proto", "onebook/compat/orderbook.proto")
FOREIGN = (
    "grpc_health/v1/health.proto",
    "grpc_reflection/v1alpha/reflection.proto",
    "google/rpc/status.proto",
    "google/rpc/error_details.proto",
)
GO_PLUGINS = (
    "google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12",
    "google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.2",
)
GO_MODULE = "onebook.example/interop"
GO_PACKAGES = {OWN[0]: "onebook", OWN[1]: "onebook", OWN[2]: "compat"}
JAVA_TOOLS = ("com.google.protobuf:protoc:4.36.2:exe", "io.grpc:protoc-gen-grpc-java:1.83.0:exe")
H2SPEC = "github.com/summerwind/h2spec/cmd/h2spec@v2.2.1+incompatible"
REQUIRED = os.environ.get("ONEBOOK_INTEROP") == "required"
SECONDS = 900


class BuildError(Exception):
    """A command of a build failed."""


def need(*programs: str) -> None:
    """Skips the test where a program is missing; fails it where all of them are required."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing and REQUIRED:
        pytest.fail(f"{', '.join(missing)} is not installed, and ONEBOOK_INTEROP=required")
    if missing:
        pytest.skip(f"{', '.join(missing)} is not installed")


def run(*command: str | Path, cwd: Path = ROOT, **variables: str) -> str:
    """A command's output. Raises BuildError."""
    words = [str(word) for word in command]
    done = subprocess.run(
        words, cwd=cwd, env={**os.environ, **variables}, capture_output=True, text=True, check=False, timeout=SECONDS
    )
    if done.returncode:
        raise BuildError(f"{' '.join(words)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return done.stdout


def write_contract() -> None:
    """The descriptors of all files, those that others need first."""
    found: dict[str, descriptor_pb2.FileDescriptorProto] = {}

    def add(file: FileDescriptor) -> None:
        for needed in file.dependencies:
            add(needed)
        if file.name not in found:
            found[file.name] = descriptor_pb2.FileDescriptorProto()
            file.CopyToProto(found[file.name])

    for module in (market_data_pb2, orderbook_pb2, health_pb2, reflection_pb2, status_pb2, error_details_pb2):
        add(module.DESCRIPTOR)
    payload = descriptor_pb2.FileDescriptorSet(file=found.values()).SerializeToString(deterministic=True)
    BUILD.mkdir(parents=True, exist_ok=True)
    if not CONTRACT.exists() or CONTRACT.read_bytes() != payload:
        CONTRACT.write_bytes(payload)


def generate(into: Path, files: Sequence[str], *options: str, compiler: Sequence[str] = ()) -> None:
    """Code of these files of the contract."""
    into.mkdir(parents=True, exist_ok=True)
    protoc = compiler or (sys.executable, "-m", "grpc_tools.protoc")
    run(*protoc, f"--descriptor_set_in={CONTRACT}", *options, *files)


def built(name: str, program: Path, build: Callable[[], None]) -> Path:
    """The program of a language; built unless its sources, the contract and this file are those of the last time."""
    write_contract()
    digest = hashlib.sha256(CONTRACT.read_bytes() + Path(__file__).read_bytes())
    for path in sorted((HERE / name).rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(HERE).as_posix().encode() + path.read_bytes())
    stamp = BUILD / f"{name}.built"
    if not program.exists() or not stamp.exists() or stamp.read_text() != digest.hexdigest():
        build()
        stamp.write_text(digest.hexdigest())
    return program


def go_tool(package: str) -> Path:
    """A program of the Go module proxy at its version, in build/interop/bin."""
    name, _, version = package.rpartition("/")[2].partition("@")
    program = BUILD / f"{name}-{version}" / name
    if not program.exists():
        run("go", "install", "-p", "1", package, GOBIN=str(program.parent), GOFLAGS="")
    return program


def go() -> list[str]:
    """grpc-go."""
    need("go")
    folder = BUILD / "go"

    def build() -> None:
        for path in (HERE / "go").iterdir():
            folder.mkdir(exist_ok=True)
            shutil.copy(path, folder)
        plugins = [f"--plugin={path.name}={path}" for path in map(go_tool, GO_PLUGINS)]
        mapped = [f"M{file}=onebook.example/interop/pb/{name}" for file, name in GO_PACKAGES.items()]
        options = [
            f"--{kind}_opt={each}" for kind in ("go", "go-grpc") for each in ("module=onebook.example/interop", *mapped)
        ]
        generate(folder, OWN, *plugins, f"--go_out={folder}", f"--go-grpc_out={folder}", *options)
        run("go", "build", "-p", "1", "-o", "interop", ".", cwd=folder, GOFLAGS="-mod=readonly")

    return [str(built("go", folder / "interop", build))]


def cpp() -> list[str]:
    """gRPC C++ of the system: the code has to be made by the protoc that belongs to its headers."""
    need("g++", "protoc", "grpc_cpp_plugin", "pkg-config")
    folder = BUILD / "cpp"
    program = folder / "interop"

    def build() -> None:
        plugin = f"--plugin=protoc-gen-grpc={shutil.which('grpc_cpp_plugin')}"
        out = (f"--cpp_out={folder}", f"--grpc_out={folder}")
        generate(folder, (*OWN, *FOREIGN), plugin, *out, compiler=["protoc"])
        libraries = run("pkg-config", "--cflags", "--libs", "grpc++", "protobuf").split()
        sources = [*sorted((HERE / "cpp").glob("*.cc")), *sorted(folder.rglob("*.cc"))]
        run("g++", "-std=c++17", "-O0", f"-I{folder}", *sources, "-o", program, *libraries)

    return [str(built("cpp", program, build))]


def rust() -> list[str]:
    """tonic."""
    need("cargo")
    folder = BUILD / "rust"
    program = folder / "debug" / "onebook-interop"

    def build() -> None:
        variables = {"CONTRACT": str(CONTRACT), "CARGO_TARGET_DIR": str(folder)}
        run("cargo", "build", "--locked", "--quiet", "-j1", cwd=HERE / "rust", **variables)

    return [str(built("rust", program, build))]


def java() -> list[str]:
    """grpc-java."""
    need("java", "javac", "mvn")
    folder = BUILD / "java"
    classes, jars, sources = folder / "classes", folder / "jars", folder / "sources"

    def build() -> None:
        machine = {"arm64": "aarch_64", "aarch64": "aarch_64"}.get(platform.machine(), "x86_64")
        classifier = f"{'osx' if sys.platform == 'darwin' else 'linux'}-{machine}"
        maven = ("mvn", "-q", "-B", "-f", HERE / "java" / "pom.xml")
        run(*maven, "dependency:copy-dependencies", f"-DoutputDirectory={jars}")
        for tool in JAVA_TOOLS:
            run(*maven, "dependency:copy", f"-Dartifact={tool}:{classifier}", f"-DoutputDirectory={folder}")
        compiler, plugin = (next(folder.glob(f"{tool.split(':')[1]}-[0-9]*.exe")) for tool in JAVA_TOOLS)
        for program in (compiler, plugin):
            program.chmod(0o755)
        out = (f"--java_out={sources}", f"--grpc-java_out={sources}", "--grpc-java_opt=@generated=omit")
        generate(
            sources, (*OWN, *FOREIGN[:2]), f"--plugin=protoc-gen-grpc-java={plugin}", *out, compiler=[str(compiler)]
        )
        files = [*(HERE / "java").rglob("*.java"), *sources.rglob("*.java")]
        run("javac", "-nowarn", "-proc:none", "-cp", f"{jars}/*", "-d", classes, *sorted(files))

    built("java", classes / "onebook" / "interop" / "Main.class", build)
    return ["java", "-cp", f"{classes}:{jars}/*", "onebook.interop.Main"]
