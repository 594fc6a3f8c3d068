"""A block is what was written, or it is refused."""

from __future__ import annotations

import pytest

from recording import blocks
from recording.blocks import Block, BlockHeader
from recording.errors import DamagedError
from recording.layout import BLOCK_HEADER, LARGEST_RAW, BlockKind, Codec
from recording.payload import Payload
from tests.recording.samples import message

BEFORE = bytes(32)


def made(records: int = 3) -> tuple[bytes, bytes, BlockHeader]:
    payload = Payload()
    for number in range(records):
        payload.add(message(number))
    body = payload.packed()
    header = BlockHeader(BlockKind.RECORDS, Codec.NONE, 4, len(body), len(body), records, 1, 2, b"")
    begin, chain = blocks.packed(header, body, BEFORE)
    return begin, body, header._replace(chain=chain)


def test_a_header_comes_back() -> None:
    begin, body, header = made()
    assert len(begin) == BLOCK_HEADER.size == 80
    assert blocks.unpacked(begin) == header
    blocks.check(begin, body)
    assert blocks.chain_of(BEFORE, begin, body) == header.chain
    assert list(Block(0, header, body).records()) == [message(number) for number in range(3)]


@pytest.mark.parametrize("position", range(8, 80))
def test_every_byte_of_a_header_is_checked(position: int) -> None:
    begin, body, _header = made()
    changed = bytearray(begin)
    changed[position] ^= 1
    with pytest.raises(DamagedError, match="checksum is wrong"):
        blocks.check(bytes(changed), body)


def test_a_wrong_magic_and_an_impossible_length_are_refused() -> None:
    begin, _body, header = made()
    with pytest.raises(DamagedError, match="does not begin"):
        blocks.unpacked(b"x" + begin[1:])
    with pytest.raises(DamagedError, match="cut short"):
        blocks.unpacked(begin[:-1])
    huge, _chain = blocks.packed(header._replace(stored_length=LARGEST_RAW + 1), b"", BEFORE)
    with pytest.raises(DamagedError, match="length is impossible"):
        blocks.unpacked(huge)


def test_records_that_do_not_fill_the_block_are_refused() -> None:
    _begin, body, header = made()
    with pytest.raises(DamagedError, match="other lengths"):
        Block(0, header._replace(raw_length=len(body) + 1), body + b"x").records()
    with pytest.raises(DamagedError, match="cut short"):
        Block(0, header._replace(records=1000), body).records()
