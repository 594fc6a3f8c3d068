"""Numbered steps with what they brought and how long they took: a line that changes on a terminal, lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

_NAME_WIDTH = 20


class Progress:
    """Writes the steps of one piece of work."""

    def __init__(self, out: TextIO, steps: int) -> None:
        self._out, self._steps, self._number = out, steps, 0

    def say(self, line: str) -> None:
        """A line of its own."""
        print(line, file=self._out, flush=True)

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """The next step. It is over when the context ends; an error leaves its line unfinished."""
        self._number += 1
        step = Step(self._out, f"  {self._number}/{self._steps}  {name:<{_NAME_WIDTH}}")
        try:
            yield step
        except BaseException:
            step.give_up()
            raise


class Step:
    """One line."""

    def __init__(self, out: TextIO, head: str) -> None:
        self._out, self._head, self._began = out, head, time.monotonic()
        self._terminal = out.isatty()
        self._shown = ""
        self.now("...")

    def now(self, text: str) -> None:
        """How far it is. Only a terminal shows it."""
        if self._terminal and text != self._shown:
            self._shown = text
            print(f"\r{self._head} {text}\x1b[K", end="", file=self._out, flush=True)

    def done(self, text: str) -> None:
        """What it brought."""
        took = time.monotonic() - self._began
        line = f"{self._head} {text}" + (f" ({took:.1f} s)" if took >= 0.1 else "")
        print(f"\r{line}\x1b[K" if self._terminal else line.rstrip(), file=self._out, flush=True)

    def give_up(self) -> None:
        """Leave the line as it is, for what is written next."""
        if self._terminal:
            print(file=self._out, flush=True)
