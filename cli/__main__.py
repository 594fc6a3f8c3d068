"""python -m cli (checkout) and python -m onebook.cli (installed)."""

from . import main

raise SystemExit(main())
