"""The code of messages, slots and reads under AddressSanitizer and UndefinedBehaviorSanitizer."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from shm import get_include
from tests.captures import ROOT
from tests.shm.shared_file_rig import encoded, make_book
from tests.volume import examples

SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g", "-O1"]
STRICT = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function"]


@pytest.mark.slow
def test_messages_with_faults(compiler: str, tmp_path: Path) -> None:
    (tmp_path / "probe.c").write_text("int main(void) { return 0; }\n")
    probe = [compiler, *SANITIZERS, "probe.c", "-o", "probe"]
    if subprocess.run(probe, cwd=tmp_path, capture_output=True, check=False).returncode:
        pytest.skip(f"{compiler} has no sanitizers here")
    program, message = tmp_path / "fuzz_message", tmp_path / "message"
    message.write_bytes(encoded(make_book()))
    include = [f"-I{get_include()}", f"-I{ROOT / 'server' / 'transport' / 'shm'}"]
    source = ROOT / "tests" / "shm" / "fuzz_message.c"
    subprocess.run([compiler, *STRICT, *SANITIZERS, *include, str(source), "-o", str(program)], check=True)
    for seed in (1, 2):
        command = [str(program), str(message), str(seed), str(examples(200_000))]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        assert int(done.stdout) > 100, "some are still messages"
