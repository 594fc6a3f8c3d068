"""Asks pip-audit for known vulnerabilities of what is installed (locks/*.txt). Exit status 1 where there are some.

Where no list can be reached (no network, a mirror without one) it says so and exits with 0: what could not be asked is
no failure. It never takes longer than `LIMIT` seconds.

    python scripts/audit.py [locks/test.txt]
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / "build" / "audit-venv"
PIP_AUDIT = "pip-audit==2.10.1"
LIMIT = 180.0


def main(lock: Path) -> int:
    """Audits a lock file; the exit status."""
    try:
        deadline = time.monotonic() + LIMIT
        flags = ["--require-hashes", "--disable-pip", "--format", "json"]
        answer = _run([str(_tool(deadline)), "--requirement", str(lock), *flags], deadline)
        words, status = verdict(json.loads(answer or "{}"))
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        words, status = f"not checked for known vulnerabilities: {_reason(error)}", 0
    print(f"{lock.name}: {words}")
    return status


def verdict(report: dict[str, Any]) -> tuple[str, int]:
    """What a report of pip-audit comes to: words, and the exit status."""
    packages = report.get("dependencies", [])
    found = [
        f"{package['name']} {package['version']}: {known['id']}"
        + (f", mended in {', '.join(known['fix_versions'])}" if known.get("fix_versions") else "")
        for package in packages
        for known in package.get("vulns", [])
    ]
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    if found:
        return "known vulnerabilities\n  " + "\n  ".join(found), 1
    if len(skipped) == len(packages):
        return "not checked for known vulnerabilities: no list of them can be reached from here", 0
    left = f"; {len(skipped)} are in no list: {', '.join(skipped)}" if skipped else ""
    return f"no known vulnerabilities in {len(packages) - len(skipped)} packages{left}", 0


def _tool(deadline: float) -> Path:
    """pip-audit, in an environment of its own."""
    tool = TOOLS / "bin" / "pip-audit"
    if not tool.exists():
        venv.create(TOOLS, with_pip=True, clear=True)
        _run([str(TOOLS / "bin" / "python"), "-m", "pip", "install", "--quiet", PIP_AUDIT], deadline)
    return tool


def _run(command: list[str], deadline: float) -> str:
    left = max(deadline - time.monotonic(), 1.0)
    done = subprocess.run(command, capture_output=True, text=True, timeout=left, check=False)
    # pip-audit exits with 1 where it found something, and writes its report all the same.
    if not done.stdout and done.returncode:
        raise subprocess.SubprocessError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "no answer")
    return done.stdout


def _reason(error: Exception) -> str:
    if isinstance(error, subprocess.TimeoutExpired):
        return f"no answer within {LIMIT:.0f} s"
    return str(error)[:200]


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "locks" / "test.txt"))
