"""Which partition the records of a pair go to: by the pair alone, so that one reader has all venues of a pair.

A stream engine that groups by pair loses or splits records whose pair is spread over partitions. The hash is murmur2,
as Java's clients use it: a Java producer that is given the pair's name as key chooses the same partition.
Source: org.apache.kafka.common.utils.Utils.murmur2 and the default partitioner of Apache Kafka.
"""

from __future__ import annotations

_MASK = 0xFFFFFFFF
_M = 0x5BD1E995
_SEED = 0x9747B28C


def murmur2(data: bytes) -> int:
    """The 32-bit hash as a number that is not negative."""
    length = len(data)
    h = _SEED ^ length
    whole = length & ~3
    for at in range(0, whole, 4):
        k = int.from_bytes(data[at : at + 4], "little") * _M & _MASK
        k ^= k >> 24
        h = (h * _M & _MASK) ^ (k * _M & _MASK)
    rest = data[whole:]
    if rest:
        h = (h ^ int.from_bytes(rest, "little")) * _M & _MASK
    h ^= h >> 13
    h = h * _M & _MASK
    return h ^ h >> 15


def partition(pair: str, partitions: int) -> int:
    """The partition of a pair such as BTC/USDT among so many."""
    return (murmur2(pair.encode()) & 0x7FFFFFFF) % partitions
