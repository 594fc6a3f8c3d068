"""What was flushed survives `kill -9` of the writing process, in the database or in its spill."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.writing_process import WritingProcess

from .servers import Server
from .writing_child import BATCH, write

ROUNDS = 20


@pytest.mark.slow
def test_no_acknowledged_row_is_lost(server: Server, url: str, database: str, spill: Path) -> None:
    chance, first = random.Random(7), 0
    for _ in range(ROUNDS):
        child = WritingProcess(write, first, url, spill)
        try:
            child.wait_for(chance.randint(1, 12))
        finally:
            child.kill()
        found = [int(row[0]) for row in server.execute("select trade_key from trade order by 1", database)]
        assert found == list(range(len(found)))
        assert len(found) > child.acknowledged
        # Trades and books are transactions of their own: the last book may be missing.
        books = int(server.execute("select count(*) from book_chunk", database)[0][0])
        assert books * BATCH >= child.acknowledged + 1
        first = child.acknowledged + 1
