"""What comes before the slow imports: signals and warnings are taken over, in a process of its own."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import signal, sys, warnings
from server import early
early.install()
early.install()
warnings.simplefilter("always")
warnings.warn("first")
warnings.warn("second", DeprecationWarning)
taken = early.take_warnings()
assert ["first" in taken[0], "DeprecationWarning: second" in taken[1], len(taken)] == [True, True, 2], taken
assert early.take_warnings() == []
assert callable(signal.getsignal(signal.SIGTERM)), signal.getsignal(signal.SIGTERM)
slow = {"grpc", "google.protobuf", "orderbook_ext"} & set(sys.modules)
assert not slow, slow
"""


def test_warnings_are_held_for_the_log_and_nothing_slow_is_imported() -> None:
    result = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=120, check=False)
    assert (result.returncode, result.stderr) == (0, "")


COLLECTIONS = """
import gc
from server import early
try:
    with early.imports():
        assert not gc.isenabled()
        raise ImportError
except ImportError:
    pass
assert gc.isenabled()
assert gc.get_freeze_count() > 1000, gc.get_freeze_count()
"""


def test_no_collection_goes_through_what_has_been_imported() -> None:
    result = subprocess.run([sys.executable, "-c", COLLECTIONS], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
