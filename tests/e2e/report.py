"""How long faults took to be seen and to heal: a table for people, no assertion on times but that they end."""

from __future__ import annotations

from collections.abc import Sequence

from tests.waiting import eventually

from .processes import PATIENCE, Simulator
from .watching import History


class Report:
    """Rows by fault and venue."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.results: dict[tuple[str, str], dict[str, object]] = {}

    def row(self, fault: str, venue: str) -> dict[str, object]:
        return self.results.setdefault((fault, venue), {})

    def detected(self, fault: str, venue: str, history: History, injected: float, timeout: float = PATIENCE) -> None:
        """Waits until the quality entry shows something."""
        moments = eventually(lambda: history.since(injected), f"{venue} shows {fault}", timeout)
        self.row(fault, venue)["detect"] = moments[0].at - injected

    def healed(self, fault: str, venue: str, history: History, injected: float) -> None:
        """Notes the states seen and when the last trouble was over."""
        moments = history.since(injected)
        self.row(fault, venue)["states"] = _short([moment.name for moment in moments])
        self.row(fault, venue)["detail"] = next((moment.detail for moment in moments if moment.detail), "")
        if moments:
            self.row(fault, venue)["heal"] = moments[-1].at - injected

    @staticmethod
    def wait_over(simulator: Simulator, *kinds: str) -> None:
        """Waits until no such fault is on anywhere. Its seconds are the exchange's: longer on a busy machine."""

        def over() -> bool:
            venues = simulator.ask("state")["venues"].values()
            return not any(fault["kind"] in kinds for venue in venues for fault in venue["faults"])

        eventually(over, f"the end of {kinds}", 4 * PATIENCE)

    def print(self) -> None:
        print(f"\n{self.title}: seconds from injection")
        print(f"{'fault':22} {'venue':11} {'detect':>7} {'heal':>7}  states")
        for (fault, venue), row in self.results.items():
            cells = [f"{row[key]:7.2f}" if key in row else "      -" for key in ("detect", "heal")]
            print(
                f"{fault:22} {venue:11} {' '.join(cells)}  {row.get('states', '-')}  {str(row.get('detail', ''))[:60]}"
            )


def _short(names: Sequence[str]) -> str:
    return " ".join(name for at, name in enumerate(names) if at == 0 or names[at - 1] != name) or "nothing"
