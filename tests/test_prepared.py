"""A prepared process is what `python COMMAND` is, but for its imports, which are there when it begins."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests import prepared
from tests.waiting import eventually

ENVIRONMENT = {**os.environ, "ONE": "1"}


def program(folder: Path, text: str) -> list[str]:
    path = folder / "program.py"
    path.write_text(text)
    return [str(path)]


@pytest.fixture
def forked(tmp_path: Path) -> list[str]:
    """A program that says what it was given."""
    return program(
        tmp_path,
        "import os, sys, threading\n"
        "print(__name__, sys.argv[1:], os.getcwd(), os.environ['ONE'], sys.stdin.read())\n"
        "print(os.getsid(0) == os.getpid(), threading.current_thread() is threading.main_thread())\n"
        "print('imported', all(name in sys.modules for name in ('server.app', 'simulator.cli')), file=sys.stderr)\n",
    )


def test_it_has_its_words_its_folder_its_environment_and_its_input(forked: list[str], tmp_path: Path) -> None:
    done = prepared.run([*forked, "--word", "two words"], ENVIRONMENT, said="said", folder=tmp_path)
    assert done.stdout == f"__main__ ['--word', 'two words'] {tmp_path} 1 said\nTrue True\n"
    assert (done.stderr, done.returncode) == ("imported True\n", 0)


def test_another_environment_for_the_imports_is_a_true_start(forked: list[str], tmp_path: Path) -> None:
    done = prepared.run(forked, {**ENVIRONMENT, "ONEBOOK_PURE": "1"}, folder=tmp_path)
    assert done.stderr == "imported False\n"


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        ("pass", 0, ""),
        ("raise SystemExit", 0, ""),
        ("raise SystemExit(3)", 3, ""),
        ("raise SystemExit('a line')", 1, "a line\n"),
        ("1 / 0", 1, "ZeroDivisionError"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGINT)", -signal.SIGINT, "KeyboardInterrupt"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM, ""),
        ("import atexit; atexit.register(print, 'last', flush=True)", 0, ""),
        ("import threading; threading.Thread(target=lambda: print('a thread')).start()", 0, ""),
    ],
)
def test_it_ends_as_a_true_start_does(tmp_path: Path, text: str, status: int, said: str) -> None:
    command = program(tmp_path, text)
    done = prepared.run(command, ENVIRONMENT)
    true = subprocess.run([sys.executable, *command], env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (status, true.stdout)
    assert true.returncode == status
    assert said in done.stderr
    assert bool(done.stderr) == bool(true.stderr)


def test_a_module_that_is_not_there_is_said(tmp_path: Path) -> None:
    done = prepared.run(["-m", "no_such_module"], ENVIRONMENT, folder=tmp_path)
    assert done.returncode == 1
    assert "No module named no_such_module" in done.stderr


@pytest.mark.slow
def test_what_takes_too_long_is_ended(tmp_path: Path) -> None:
    path = tmp_path / "pid"
    command = program(tmp_path, f"import os, time; open({str(path)!r}, 'w').write(str(os.getpid())); time.sleep(60)")
    with pytest.raises(subprocess.TimeoutExpired):
        prepared.run(command, ENVIRONMENT, timeout=2.0)
    eventually(lambda: not Path(f"/proc/{path.read_text()}").exists())


def test_what_it_prints_is_seen_at_once_and_signals_reach_it(tmp_path: Path) -> None:
    command = program(tmp_path, "import time; print('there'); time.sleep(60)")
    out = tmp_path / "out"
    with out.open("wb") as file:
        process = prepared.start(command, ENVIRONMENT, file.fileno(), file.fileno())
    eventually(lambda: out.read_text() == "there\n")
    assert process.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait(10) == process.returncode == -signal.SIGKILL
    process.send_signal(signal.SIGKILL)
    assert process.stdin is not None
    process.stdin.close()


def test_it_runs_on_the_cores_of_its_starter_and_starts_others_where_that_is_asked_for(tmp_path: Path) -> None:
    text = "import os\nfrom tests import prepared\nprint('above', sorted(os.sched_getaffinity(0)), flush=True)\n"
    inner = tmp_path / "inner.py"
    inner.write_text("import os\nprint('below', sorted(os.sched_getaffinity(0)), os.environ['ONE'])\n")
    outer = program(tmp_path, text + f"print(prepared.run([{str(inner)!r}], os.environ).stdout, end='')\n")
    cores = os.sched_getaffinity(0)
    narrow = sorted(cores)[-1:]
    os.sched_setaffinity(0, narrow)
    try:
        done = prepared.run(outer, ENVIRONMENT, starts_others=True)
    finally:
        os.sched_setaffinity(0, cores)
    assert done.stdout == f"above {narrow}\nbelow {narrow} 1\n", done.stderr
