"""A part that is not installed: one sentence with the command that mends it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cli import COMMANDS, extras, main
from cli.extras import EXTRAS, install_command, missing

ROOT = Path(__file__).parents[2]
# What each part imports that the core install does not bring.
FOREIGN = {"server": "requests", "client": "rich", "simulator": "websockets"}


ALONE = {"consume", "sql", "token"}
"""Commands that need no more than the core."""
NEEDY = [name for name, command in COMMANDS.items() if not command.module.startswith("cli") and name not in ALONE]


@pytest.mark.parametrize("name", NEEDY)
def test_every_command_names_its_extra(name: str) -> None:
    part = COMMANDS[name].module.partition(".")[0]
    code = f"import sys; sys.modules[{FOREIGN[part]!r}] = None; import cli; sys.exit(cli.main([{name!r}, '--help']))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={"PYTHONPATH": f"{ROOT}:{ROOT / 'proto'}"}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"onebook {name}: {FOREIGN[part]}")
    assert f"it comes with the extra '{EXTRAS[part]}': " in line
    assert f"[{EXTRAS[part]}]'" in line
    assert "pip install '" in line


def test_a_defect_of_our_own_is_no_missing_extra() -> None:
    with pytest.raises(ModuleNotFoundError):
        missing(ModuleNotFoundError("no", name="server.nothing"), "server")


@pytest.mark.parametrize(
    ("url", "source"),
    [("{}", ".[tui]"), ('{"url": "file:///nowhere/x"}', ".[tui]"), ('{"url": "https://h/x"}', ".[tui]")],
)
def test_without_a_path_it_is_the_checkout(url: str, source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "distribution", lambda _name: Told(url))
    assert install_command("tui").endswith(f"-m pip install '{source}'")


def test_it_names_where_the_project_came_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, wheel = tmp_path / "a b", tmp_path / "onebook-1.whl"
    folder.mkdir()
    wheel.touch()
    monkeypatch.setattr(extras, "distribution", lambda _name: Told(f'{{"url": "{folder.as_uri()}"}}'))
    assert install_command("sim").endswith(f"'{folder}[sim]'")
    monkeypatch.chdir(folder)
    assert install_command("sim").endswith("'.[sim]'")
    monkeypatch.setattr(extras, "distribution", lambda _name: Told(f'{{"url": "{wheel.as_uri()}"}}'))
    assert install_command("sim").endswith(f"'onebook[sim] @ {wheel.as_uri()}'")


class Told:
    def __init__(self, url: str) -> None:
        self._url = url

    def read_text(self, _name: str) -> str:
        return self._url


def test_unknown_commands_are_still_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["wach"]) == 2
    assert "there is no command 'wach'" in capsys.readouterr().err
