"""The layout in Python is that of the C header: every field, its offset and its size, and every constant."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from struct import Struct

import pytest

from onebook.v1 import types_pb2 as pb
from shm import TradesState, VenueState, get_include, layout

HEADER = Path(get_include()) / "onebook_shm.h"
STRUCTS: dict[str, tuple[Struct, tuple[str, ...]]] = {
    "onebook_shm_header": (layout.HEADER, layout.HEADER_FIELDS),
    "onebook_shm_slot": (layout.SLOT, layout.SLOT_FIELDS),
    "onebook_shm_level": (layout.LEVEL, layout.LEVEL_FIELDS),
    "onebook_shm_venue": (layout.VENUE, layout.VENUE_FIELDS),
    "onebook_shm_book": (layout.BOOK, layout.BOOK_FIELDS),
}
CONSTANTS = {
    "LAYOUT": layout.LAYOUT,
    "MARKET_BYTES": layout.MARKET_BYTES,
    "VENUE_BYTES": layout.NAME_BYTES,
    "SILENCE": layout.SILENCE,
    "ATTEMPTS": layout.ATTEMPTS,
    "STARTING": layout.STARTING,
    "SERVING": layout.SERVING,
    "STOPPED": layout.STOPPED,
    "SERVED": layout.SERVED,
    "REMOVED": layout.REMOVED,
    "HEARTBEAT": layout.HEARTBEAT,
    "TWO_SIDED": layout.TWO_SIDED,
    "CROSSED": layout.CROSSED,
    "WITHHELD": layout.WITHHELD,
    "WHOLE_BOOK": layout.WHOLE_BOOK,
    "UNVERIFIED": layout.UNVERIFIED,
    "OK": layout.OK,
    "NOT_SERVING": layout.NOT_SERVING,
    "SERVER_GONE": layout.SERVER_GONE,
    "NO_MARKET": layout.NO_MARKET,
    "NO_BOOK": layout.NO_BOOK,
    "GONE_MARKET": layout.GONE_MARKET,
    "NO_WHOLE_BOOK": layout.NO_WHOLE_BOOK,
}


@pytest.fixture(scope="module")
def said(compiler: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """Offsets, sizes and constants as the compiler has them."""
    folder = tmp_path_factory.mktemp("layout")
    expressions = [f"sizeof({kind})" for kind in STRUCTS]
    for kind, (_, fields) in STRUCTS.items():
        for field in fields:
            expressions += [f"offsetof({kind}, {field})", f"sizeof((({kind} *)0)->{field})"]
    expressions += [f"ONEBOOK_SHM_{name}" for name in CONSTANTS]
    lines = "".join(f'    printf("{each}=%lld\\n", (long long){each});\n' for each in expressions)
    source = folder / "layout.c"
    source.write_text(f'#include "onebook_shm.h"\nint main(void) {{\n{lines}    return 0;\n}}\n')
    subprocess.run([compiler, "-std=gnu11", f"-I{get_include()}", source, "-o", folder / "layout"], check=True)
    found = subprocess.run([folder / "layout"], capture_output=True, text=True, check=True).stdout
    return {name: int(value) for name, value in (line.rsplit("=", 1) for line in found.splitlines())}


@pytest.mark.parametrize("kind", STRUCTS)
def test_fields_lie_where_the_compiler_puts_them(kind: str, said: dict[str, int]) -> None:
    struct, fields = STRUCTS[kind]
    assert struct.size == said[f"sizeof({kind})"]
    codes = re.findall(r"(\d*)([a-zA-Z])", struct.format)
    offset, places = 0, []
    for count, code in codes:
        size = Struct(f"={count}{code}").size
        if code != "x":
            places.append((offset, size))
        offset += size
    assert places == [(said[f"offsetof({kind}, {field})"], said[f"sizeof((({kind} *)0)->{field})"]) for field in fields]


def test_every_field_of_the_header_file_is_known() -> None:
    text = re.sub(r"/\*.*?\*/", "", HEADER.read_text(), flags=re.DOTALL)
    for body, kind in re.findall(r"typedef struct \{([^}]*)\} (\w+);", text):
        if kind in STRUCTS:
            names = re.findall(r"(\w+)(?:\[\w+\])?;", body)
            assert tuple(name for name in names if not name.startswith("reserved")) == STRUCTS[kind][1]


@pytest.mark.parametrize("name", CONSTANTS)
def test_constants_are_equal(name: str, said: dict[str, int]) -> None:
    assert said[f"ONEBOOK_SHM_{name}"] == CONSTANTS[name]


def test_places_are_those_of_the_fields(said: dict[str, int]) -> None:
    assert said["offsetof(onebook_shm_header, slot_count)"] == layout.SLOT_COUNT_AT
    assert said["offsetof(onebook_shm_header, heartbeat_monotonic)"] == layout.HEARTBEAT_AT
    assert said["offsetof(onebook_shm_header, server_state)"] == layout.SERVER_STATE_AT
    assert said["offsetof(onebook_shm_slot, counter)"] == layout.COUNTER_AT
    assert said["offsetof(onebook_shm_slot, state)"] == layout.STATE_AT
    assert said["offsetof(onebook_shm_book, bid_count)"] == layout.COUNTS_AT
    assert said["offsetof(onebook_shm_venue, state)"] == layout.VENUE_STATE_AT


def test_texts_of_the_header_file_are_equal() -> None:
    text = HEADER.read_text()
    assert f'#define ONEBOOK_SHM_MAGIC "{layout.MAGIC.decode()}"' in text
    assert f'#define ONEBOOK_SHM_DIRECTORY "{layout.DIRECTORY}"' in text
    assert f'#define ONEBOOK_SHM_PREFIX "{layout.PREFIX}"' in text


def test_states_are_those_of_the_contract() -> None:
    assert {f"VENUE_STATE_{each.name}": int(each) for each in VenueState} == dict(pb.VenueState.items())
    assert {f"TRADES_STATE_{each.name}": int(each) for each in TradesState} == dict(pb.TradesState.items())
    text = HEADER.read_text()
    for state in VenueState:
        if state:
            assert re.search(rf"ONEBOOK_SHM_VENUE_{state.name} = {int(state)}\b", text), state
    assert VenueState(99) is VenueState.UNSPECIFIED
    assert TradesState(99) is TradesState.UNSPECIFIED
