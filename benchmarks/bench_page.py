"""The page: what it costs Chromium, with ten venues and all panels, in a window of 1440 by 900.

    python -m benchmarks.bench_page [--quick] [--seconds S] [--repetitions N] [--beside FOLDER]

Processor time of all processes of Chromium, without a graphics card, in parts of a core. With `--beside`, the files of
the page of another checkout take turns with those here, on the same server: a busy neighbour meets both. Needs
Chromium.
"""

from __future__ import annotations

import argparse
import socket
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import psutil

from benchmarks import harness, machine
from server.venues import DEFAULT_VENUES
from tests import browser as chromium
from tests.e2e.processes import Yard

GOAL = 0.15
FLAGS = ("--pair", "BTC/USDT", "--pair", "ETH/USDT")
VENUES = 10
STATIC = Path("server", "page", "static")


def processes() -> list[psutil.Process]:
    """All processes of the browser that this process has started."""
    return [each for each in psutil.Process().children(recursive=True) if "chrom" in each.name().lower()]


def spent(those: Sequence[psutil.Process]) -> tuple[float, float]:
    """Seconds of processor time so far: of all, and of those that run pages."""
    whole = pages = 0.0
    for each in those:
        times = each.cpu_times()
        whole += times.user + times.system
        pages += times.user + times.system if "--type=renderer" in each.cmdline() else 0.0
    return whole, pages


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def measured(url: str, files: Path, seconds: float, settled: float) -> tuple[float, float]:
    """Parts of a core that the page with these files takes: all processes, and those that run pages."""
    with chromium.browser() as browser:
        view = chromium.View(browser, "about:blank")
        view.context.route("**/page/**", lambda route: route.fulfill(path=files / route.request.url.split("/page/")[1]))
        view.page.goto(url)
        view.wait_for_state("live")
        view.page.wait_for_timeout(1000 * settled)
        those = processes()
        before, began = spent(those), time.monotonic()
        view.page.wait_for_timeout(1000 * seconds)
        after, passed = spent(those), time.monotonic() - began
        view.close()
    return (after[0] - before[0]) / passed, (after[1] - before[1]) / passed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one second, once")
    parser.add_argument("--seconds", type=float, help="of each measurement (20)")
    parser.add_argument("--repetitions", type=int, help="(3)")
    parser.add_argument("--beside", type=Path, help="another checkout, whose page is measured too")
    options = parser.parse_args()
    seconds = options.seconds or (1.0 if options.quick else 20.0)
    repetitions = options.repetitions or (1 if options.quick else 3)
    machine.print_head("The page in Chromium", ("playwright",))
    folders = {"this page": Path.cwd(), **({"the other": options.beside} if options.beside else {})}
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in folders}
    with tempfile.TemporaryDirectory() as folder:
        yard = Yard(Path(folder))
        try:
            simulator = yard.simulator(*FLAGS, "--venues", ",".join(DEFAULT_VENUES[:VENUES]))
            port = free_port()
            yard.serve(simulator, *FLAGS, "--http", str(port))
            for _ in range(repetitions):
                for name, root in folders.items():
                    files = (root / STATIC).resolve()
                    found[name].append(
                        measured(f"http://127.0.0.1:{port}/", files, seconds, 0.5 if options.quick else 5.0)
                    )
        finally:
            yard.close()
    rows = [
        (
            name,
            *(f"{100 * median(each[place] for each in figures):.1f}" for place in (0, 1)),
            f"{100 * min(figures)[0]:.1f}",
        )
        for name, figures in found.items()
    ]
    harness.print_table(("per cent of a core", "Chromium", "of these, the page's process", "least"), rows)
    reached = min(found["this page"])[0] <= GOAL
    print(f"goal: at most {GOAL:.0%} of a core: {'reached' if reached else 'MISSED'}")


if __name__ == "__main__":
    main()
