"""Runs every example against a server on simulated exchanges, as a user of the installed package would.

Each must print something and either end by itself or run until it is interrupted.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

PORT = 50052  # The examples name the default port.


def main(folder: Path) -> int:
    with tempfile.TemporaryDirectory() as work:
        config = Path(work) / "sim.toml"
        command = [sys.executable, "-m", "onebook.cli"]
        with (Path(work) / "log").open("wb") as log:
            pairs = ["--pair", "BTC/USDT", "--pair", "ETH/USDT"]
            sim = subprocess.Popen([*command, "sim", *pairs, "--write-config", str(config)], stdout=log, stderr=log)
            while not config.exists():
                time.sleep(0.1)
            server = subprocess.Popen(
                [*command, "serve", "--config", str(config), "--port", str(PORT)], stdout=log, stderr=log
            )
            try:
                subprocess.run(
                    [*command, "watch", "--plain", "--count", "20"], stdout=subprocess.DEVNULL, check=True, timeout=60
                )
                failed = [path.name for path in sorted(folder.glob("*.py")) if not runs(path)]
            finally:
                server.terminate()
                sim.terminate()
                server.wait(20)
                sim.wait(20)
    print("examples: " + (f"failed: {', '.join(failed)}" if failed else "all ran"))
    return bool(failed)


def runs(path: Path) -> bool:
    process = subprocess.Popen([sys.executable, "-u", str(path)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        output, _ = process.communicate(timeout=8)
    except subprocess.TimeoutExpired:
        process.terminate()
        output, _ = process.communicate()
    good = bool(output.strip()) and b"Traceback" not in output
    if not good:
        print(f"--- {path.name}\n{output.decode(errors='replace')[-2000:]}")
    return good


raise SystemExit(main(Path(sys.argv[1])))
