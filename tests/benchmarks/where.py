"""Prints its words, a variable of its environment, and the cores that it may use: python -m tests.benchmarks.where"""

from __future__ import annotations

import os
import sys

if __name__ == "__main__":
    print(sys.argv[1:], os.environ.get("WHERE", ""), sorted(os.sched_getaffinity(0)))
