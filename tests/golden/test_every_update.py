"""Who asks for every update of a book gets what the book was after each frame, whichever way the frame took."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from orderbook_ext import BookUpdate, UpdateKind, UpdateLog
from server.model import VenueState
from server.venues import VENUES
from tests.captures import Record
from tests.golden.replay import Replay

LEVELS = 5
SYMBOL = "btcusdt"


def frames(count: int, missing: int = -1) -> Iterator[Record]:
    """A snapshot, and so many frames that each change the best levels; the one of this number is missing."""
    rows = [[f"{100 - number}.00", "1"] for number in range(20)], [[f"{101 + number}.00", "1"] for number in range(20)]
    yield {"k": "recv", "t": "1.0", "u": "", "d": '{"result":null,"id":1}'}
    body = f'{{"lastUpdateId":10,"bids":{rows[0]},"asks":{rows[1]}}}'.replace("'", '"')
    yield {"k": "http", "t": "1.1", "u": "https://x/api/v3/depth?symbol=BTCUSDT", "d": body}
    for number in range(11, 11 + count):
        if number == missing:
            continue
        data = (
            f'{{"e":"depthUpdate","E":{1_795_000_000_000 + number},"s":"BTCUSDT","U":{number},"u":{number},'
            f'"b":[["{100 - number % 7}.00","{1 + number % 3}"]],"a":[["{101 + number % 5}.00","{number % 4}"]]}}'
        )
        text = f'{{"stream":"btcusdt@depth@100ms","data":{data}}}'
        yield {"k": "recv", "t": f"{2 + number / 10}", "u": "", "d": text}


def test_every_frame_of_a_live_book_is_one_update() -> None:
    replay = Replay(VENUES["binance"](), [SYMBOL.upper()])
    sync = replay.syncs[SYMBOL.upper()]
    log = UpdateLog(sync.entry, levels=LEVELS, capacity=1000)
    shown: BookUpdate | None = None
    followed = hidden = 0
    before, was_live = sync.entry.sequence, False
    for _ in replay.run(frames(60, missing=65)):
        updates, lost = log.take()
        assert not lost
        live = sync.state is VenueState.LIVE
        if updates:
            shown = updates[-1]
        if live:
            assert shown is not None
            assert (shown.bids, shown.asks) == sync.book.top(LEVELS)
            assert shown.sequence == sync.entry.sequence
            if was_live and sync.entry.sequence != before:
                assert [update.kind for update in updates] == [UpdateKind.FRAME]
                followed += 1
        elif was_live:
            assert updates[-1].kind == UpdateKind.HIDDEN
            hidden += 1
        before, was_live = sync.entry.sequence, live
    assert followed > 40
    assert replay.session.lane.taken > 40, "most of them went the fast way"
    assert hidden == 1


def test_while_nobody_asks_nothing_is_kept() -> None:
    replay = Replay(VENUES["binance"](), [SYMBOL.upper()])
    for _ in replay.run(frames(20)):
        pass
    log = UpdateLog(replay.syncs[SYMBOL.upper()].entry, levels=LEVELS, capacity=1)
    assert [update.kind for update in log.take()[0]] == [UpdateKind.SHOWN]


pytestmark = pytest.mark.skipif("binance" not in VENUES, reason="the frames are those of this venue")
