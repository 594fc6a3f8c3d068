"""Which shard reads a market: every market one, the same everywhere, and few markets move when shards come."""

from __future__ import annotations

import pytest

from server.errors import ConfigError
from server.model import Pair
from server.shard import Shard, shard_number

PAIRS = tuple(Pair(f"A{number}", "USDT") for number in range(1000))


def test_every_pair_has_one_shard_and_shards_are_of_like_size() -> None:
    shares = [Shard(number, 8).share(PAIRS) for number in range(1, 9)]
    assert sorted(pair for share in shares for pair in share) == sorted(PAIRS)
    assert all(90 < len(share) < 160 for share in shares)


def test_the_choice_is_the_same_on_every_machine() -> None:
    assert [shard_number(name, 8) for name in ("BTC/USDT", "ETH/USDT", "SOL/USDT")] == [2, 5, 2]


def test_a_new_shard_takes_its_share_and_no_other_market_moves() -> None:
    moved = 0
    for pair in PAIRS:
        before, after = shard_number(str(pair), 8), shard_number(str(pair), 9)
        assert after in (before, 9)
        moved += after != before
    assert 70 < moved < 160


def test_a_shard_without_pairs_is_refused() -> None:
    pair = Pair("BTC", "USDT")
    other = next(number for number in (1, 2) if number != shard_number(str(pair), 2))
    with pytest.raises(ConfigError, match=f"shard {other}/2 has none of the 1 pairs"):
        Shard(other, 2).share([pair])
