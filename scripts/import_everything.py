"""Imports every module of an installed onebook and checks what the wheel put at the top level."""

import importlib
import importlib.metadata
import pkgutil
from pathlib import Path

import onebook

top_level = importlib.metadata.distribution("onebook").read_text("top_level.txt")
assert set((top_level or "").split()) == {"onebook", "orderbook_ext"}, top_level

native = importlib.import_module("onebook.server.transport.native")
# The engine's modules are of no use where it was not built.
left_out = () if native.AVAILABLE else (f"{native.__name__}.",)
count = 0
for module in pkgutil.walk_packages(onebook.__path__, "onebook."):
    if not module.name.endswith("__main__") and not module.name.startswith(left_out):
        importlib.import_module(module.name)
        count += 1

import orderbook_ext

# What the engine stands on came in the wheel: the machine need not have it.
libraries = Path("/proc/self/maps")
if native.AVAILABLE and libraries.exists():
    lines = [line for line in libraries.read_text().splitlines() if "nghttp2" in line]
    assert lines
    assert all("onebook.libs" in line for line in lines), lines

assert orderbook_ext.IMPLEMENTATION == "c", orderbook_ext.IMPLEMENTATION
shm = importlib.import_module("onebook.shm")
assert shm.IMPLEMENTATION == "c", shm.IMPLEMENTATION
assert (Path(shm.get_include()) / "onebook_shm.h").is_file()
ring = importlib.import_module("onebook.recording.ring_access")
assert ring.IMPLEMENTATION == "c", ring.IMPLEMENTATION
print(f"wheel: {count} modules imported, book in C, {'' if native.AVAILABLE else 'no '}HTTP/2 engine")
