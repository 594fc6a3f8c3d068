"""The hash is that of Java's clients and of librdkafka, and the partition is chosen by the pair alone."""

from __future__ import annotations

import ctypes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.kafka.partition import murmur2, partition
from tests.volume import examples

from .mock_cluster import library

# Of Kafka's own tests (UtilsTest.testMurmur2), as 32-bit numbers with a sign.
KNOWN = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}


@pytest.mark.parametrize("data", KNOWN)
def test_the_hash_is_that_of_java(data: bytes) -> None:
    assert murmur2(data) == KNOWN[data] & 0xFFFFFFFF


@given(st.text(min_size=1, max_size=40), st.integers(1, 500))
def test_the_partition_is_that_of_librdkafka(pair: str, partitions: int) -> None:
    choose = ctypes.CDLL(str(library())).rd_kafka_msg_partitioner_murmur2
    key = pair.encode()
    theirs = choose(None, ctypes.c_char_p(key), ctypes.c_size_t(len(key)), ctypes.c_int32(partitions), None, None)
    assert partition(pair, partitions) == theirs


def test_pairs_are_spread_over_the_partitions() -> None:
    count = examples(2000, 500)
    used = [partition(f"COIN{number}/USDT", 64) for number in range(count)]
    assert set(used) == set(range(64))
    assert max(map(used.count, range(64))) < 3 * count / 64
