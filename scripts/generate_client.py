"""Writes what follows from the files of client/analytics/ and client/market_data/, one file per group of calls.

    python scripts/generate_client.py            # writes
    python scripts/generate_client.py --check    # exit status 1, and the names, where a file is not what it would write

client/generated/aio_X.py        the async calls of X.py
client/generated/client_calls.py all groups of calls in one class, and the messages that users import; aio_ likewise
cli/analytics.py                 the commands of client/analytics/*_cli.py, by the first sentence of each
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

_HERE = Path(__file__).resolve().parent.parent
ROOT = _HERE
CLIENT = ROOT / "client"
GENERATED = CLIENT / "generated"
FOLDERS = ("market_data", "analytics")
BASE = CLIENT / "calls.py"
NOTE = "Written by scripts/generate_client.py: change {} instead."
_WORDS = (
    (r"from \.+stream import Stream\n", "from ..aio_stream import AsyncStream\n"),
    (r"from \.\.calls import Calls\n", "from .aio_calls import AsyncCalls\n"),
    (r"\bStream\[", "AsyncStream["),
    (r"^class (\w*Calls)\(", r"class Async\1("),
    (r"\(Calls\[", "(AsyncCalls["),
    (r"`Client`", "`AsyncClient`"),
    (r"self\._(ask|pages)\(", r"await self._\1("),
    (r"    def (?!stream_|_stream|__)(\w+)\(", r"    async def \1("),
)
"""From the sync text to the async one: calls are awaited, streams are async ones."""


class Group(NamedTuple):
    """One file with calls."""

    path: Path
    calls: str
    """Name of the class of its calls."""
    messages: tuple[str, ...]
    """What users import of it."""

    @property
    def module(self) -> str:
        """As client/generated/ imports it."""
        return f"..{self.path.parent.name}.{self.path.stem}"


def groups() -> Iterator[Group]:
    """All groups of calls."""
    for folder in FOLDERS:
        for path in sorted((CLIENT / folder).glob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            calls = [node.name for node in tree.body if isinstance(node, ast.ClassDef) and node.name.endswith("Calls")]
            if calls:
                yield Group(path, calls[0], tuple(_exported(tree)))


def _exported(tree: ast.Module) -> list[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return [str(name) for name in ast.literal_eval(node.value)]
    return []


def to_async(path: Path, calls: str, module: str) -> str:
    """The async text of the calls of a sync file; what else they use is imported from there."""
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    parts = {node: ast.get_source_segment(source, node) or "" for node in tree.body}
    imports = [text for node, text in parts.items() if isinstance(node, ast.Import | ast.ImportFrom)]
    if path == BASE:  # It lies one folder higher.
        imports = [text.replace("from .", "from ..") for text in imports]
    else:  # Neighbours of the file are no neighbours of what is written.
        imports = [re.sub(r"^from \.(?=\w)", f"from ..{path.parent.name}.", text) for text in imports]
    own = [name for node in tree.body for name in _defined(node) if name not in (calls, "__all__") and name[0] != "_"]
    taken = [f"from {module} import {', '.join(own)}"] if own else []
    text = next(text for node, text in parts.items() if isinstance(node, ast.ClassDef) and node.name == calls)
    source = "\n".join([*imports, *taken, "", text, ""])
    for pattern, new in _WORDS:
        source = re.sub(pattern, new, source, flags=re.MULTILINE)
    doc = f'"""The async calls of {_shown(path)}.\n\n{NOTE.format("that file")}\n"""\n\n'
    return doc + source


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    return [ast.unparse(target) for target in node.targets] if isinstance(node, ast.Assign) else []


def gathered(found: list[Group]) -> str:
    """All calls of the sync client, and all messages."""
    imports = [f"from {each.module} import {', '.join([each.calls, *each.messages])}" for each in found]
    names = sorted(name for each in found for name in each.messages)
    doc = "All calls of the sync client, and the messages of their answers."
    return _gather(doc, imports, "ClientCalls", [each.calls for each in found], names)


def gathered_async(found: list[Group]) -> str:
    """All calls of the async client."""
    imports = [f"from .aio_{each.path.stem} import Async{each.calls}" for each in found]
    doc, calls = "All calls of the async client.", [f"Async{each.calls}" for each in found]
    return _gather(doc, imports, "AsyncClientCalls", calls, ["AsyncClientCalls"])


def _gather(doc: str, imports: list[str], name: str, calls: list[str], names: list[str]) -> str:
    note = NOTE.format("the files that are imported here")
    bases = ", ".join(f"{each}[Number]" for each in calls)
    body = f'class {name}({bases}):\n    """Every call of the contract."""\n'
    lines = ["from __future__ import annotations", "from ..numbers import Number", *imports, f"__all__ = {names}", body]
    return f'"""{doc}\n\n{note}\n"""\n\n' + "\n".join(lines)


def commands() -> str:
    """The table of the commands of the analytics."""
    rows = []
    for path in sorted((CLIENT / "analytics").glob("*_cli.py")):
        doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        found = re.match(r"`onebook (\w+)`: (.+?)\.(\n|$)", doc)
        if not found:
            raise SystemExit(f"{_shown(path)}: its docstring must begin with `onebook COMMAND`: what it does.")
        rows.append(f'"{found[1]}": ("client.analytics.{path.stem}", "{found[2]}"),')
    note = NOTE.format("the first line of the docstrings there")
    doc = f'"""Commands of the analytics: the module, and what the command does.\n\n{note}\n"""\n'
    return "\n".join([doc, "ANALYTICS = {", *rows, "}\n"])


def formatted(texts: dict[Path, str]) -> dict[Path, str]:
    """As ruff writes them, without imports that nothing needs."""
    with TemporaryDirectory() as folder:
        copies = {path: Path(folder) / f"{number}.py" for number, path in enumerate(texts)}
        for path, copy in copies.items():
            copy.write_text(texts[path], encoding="utf-8")
        for command in (["check", "--select", "I,F401", "--fix", "--quiet"], ["format", "--quiet"]):
            ruff = [sys.executable, "-m", "ruff", *command, "--no-cache", "--config", "pyproject.toml", folder]
            subprocess.run(ruff, cwd=_HERE, check=True)
        return {path: copy.read_text(encoding="utf-8") for path, copy in copies.items()}


def made() -> dict[Path, str]:
    """Path and text of each file."""
    found = list(groups())
    texts = {GENERATED / f"aio_{each.path.stem}.py": to_async(each.path, each.calls, each.module) for each in found}
    written = {
        GENERATED / "__init__.py": f'"""{NOTE.format("the files of client/analytics/ and client/market_data/")}"""\n',
        GENERATED / "aio_calls.py": to_async(BASE, "Calls", "..calls"),
        **texts,
        GENERATED / "client_calls.py": gathered(found),
        GENERATED / "aio_client_calls.py": gathered_async(found),
        ROOT / "cli" / "analytics.py": commands(),
    }
    return formatted(written)


def stale() -> list[str]:
    """Files that are not what would be written, and files that would not be written."""
    texts = made()
    odd = [path for path in GENERATED.glob("*.py") if path not in texts]
    return [_shown(path) for path, text in texts.items() if not path.exists() or path.read_text() != text] + [
        _shown(path) for path in odd
    ]


def _shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        if wrong := stale():
            raise SystemExit(f"not what the client's files say: {', '.join(wrong)}; run scripts/generate_client.py")
    else:
        GENERATED.mkdir(exist_ok=True)
        for path, text in made().items():
            path.write_text(text, encoding="utf-8")
