"""python -m simulator: the same as `onebook sim`."""

import sys

from .cli import main

sys.exit(main())
