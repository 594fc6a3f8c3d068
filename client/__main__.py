"""`python -m onebook.client` (in the checkout: `python -m client`) is `onebook watch`."""

from .cli import main

if __name__ == "__main__":
    raise SystemExit(main())
