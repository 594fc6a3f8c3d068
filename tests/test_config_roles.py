"""Roles of a server in its configuration: what each needs, and which contradict one another."""

from __future__ import annotations

from typing import Any

import pytest

from server.config import Config, build
from server.config_errors import ConfigErrors
from server.shard import Shard, shard_number

BROKERS = {"kafka": "one:9092"}
PAIR = {"pairs": ["BTC/USDT"]}
MINE = f"{shard_number('BTC/USDT', 2)}/2"


def refusal(**given: Any) -> str:
    with pytest.raises(ConfigErrors) as found:
        build(given)
    return str(found.value)


def test_an_edge_serves_the_pairs_and_venues_of_the_topics_unless_told() -> None:
    made = build({**BROKERS, "edge": True})
    assert (made.edge, made.pairs, made.venues) == (True, (), ())
    chosen = build({**BROKERS, **PAIR, "edge": True, "use_venues": ["kraken"]})
    assert [str(pair) for pair in chosen.pairs] == ["BTC/USDT"]
    assert chosen.venues == ("kraken",)


def test_an_ingester_reads_its_share() -> None:
    made = build({**BROKERS, "pairs": ["BTC/USDT", "ETH/USDT", "SOL/USDT"], "ingest_only": True, "shard": MINE})
    assert made.shard == Shard(int(MINE[0]), 2)
    assert all(shard_number(str(pair), 2) == int(MINE[0]) for pair in made.pairs)
    assert "BTC/USDT" in map(str, made.pairs)


def test_without_roles_nothing_changes() -> None:
    made: Config = build(PAIR)
    assert (made.edge, made.ingest_only, made.shard) == (False, False, None)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"edge": True}, "edge needs the addresses of brokers"),
        ({**PAIR, "ingest_only": True}, "ingest_only needs the addresses of brokers"),
        ({**BROKERS, "edge": True, "ingest_only": True}, "ingest_only and edge contradict"),
        ({**BROKERS, "edge": True, "shard": "1/2"}, "shard and edge contradict"),
        ({**BROKERS, "edge": True, "data": "/tmp/x"}, "data and edge contradict"),
        ({**BROKERS, **PAIR, "shard": "1/2"}, "shard is a setting of ingesters"),
        ({**BROKERS, **PAIR, "ingest_only": True, "host": "0.0.0.0"}, "host and ingest_only contradict"),
        ({**BROKERS, **PAIR, "ingest_only": True, "shard": "3/2"}, "must be number/count"),
        ({**BROKERS, **PAIR, "ingest_only": True, "shard": "0/2"}, "must be number/count"),
        ({**BROKERS, **PAIR, "ingest_only": True, "shard": "x"}, "must be number/count"),
        ({"pairs": []}, "no pair was given"),
    ],
)
def test_what_contradicts_is_refused_in_a_line(given: dict[str, Any], words: str) -> None:
    assert words in refusal(**given)
