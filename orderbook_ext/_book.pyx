# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
# cython: freethreading_compatible=True, embedsignature=False
"""The C core as Python objects: arguments in, the mutex, one call into the headers, results out.

While the mutex of a book is held no Python code can run: objects are made before or after, bytes excepted, whose making
runs none. Interface and meanings are documented in _book.pyi.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.ref cimport PyObject
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_GET_SIZE
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset

from cpython.unicode cimport PyUnicode_AsUTF8AndSize

import os
from collections.abc import Sequence
from decimal import Decimal

from .model import (
    FULL, MAX_VIEW_LEVELS, NO_LEVELS, NO_PRICE, Audit, BookError, BookStats, LevelError, ScaleError, SideVwap,
    check_rate, parse_number as parse_any_number,
)
from .checksum import ChecksumRule
from .json_plan import BAD_MESSAGE
from .lane import SEQUENCES
from .shape import KEY_ROLES, ROW_FIELDS, TIME_FORMATS, FrameShape, key_path
from .trade_through import finding_far, finding_through, price_place as exact_price_place
from .trades import MAX_REMEMBERED, TRADE_FIELDS, TRADE_IDS, TradeShape
from ._exact_levels import SweptSide
from ._exact_sweep import Order, Terms, sweep_exactly
from .updates import MAX_LOG_CAPACITY, MAX_LOG_LEVELS, BookUpdate
from .sweep import FEE_UNITS, Sweep, SweepSlice

include "declarations.pxi"

crc_init()

include "lock.pxi"
include "rows.pxi"
include "decoder.pxi"
include "level_copy.pxi"
include "orderbook.pxi"
include "book_status.pxi"
include "shared_state.pxi"
cdef class TradeLane
include "lane.pxi"
include "played_time.pxi"
include "lane_run.pxi"
include "update_log.pxi"
include "change_log.pxi"
include "digest_chain.pxi"
include "trades.pxi"
include "trade_sequence.pxi"
include "trade_through.pxi"
include "trade_lane.pxi"
include "sweep.pxi"
include "view.pxi"
include "transcode.pxi"
