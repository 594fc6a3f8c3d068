"""Books for programs of the same machine, in shared memory: the newest state of every market (docs/shm.md)."""

try:
    from . import _slots  # noqa: F401
except ImportError:  # There was no compiler.
    AVAILABLE = False
else:
    AVAILABLE = True
