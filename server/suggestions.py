"""Suggestions for a name or a pair that does not exist."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from .model import Pair
from .names import folded, other_names

NEAR = 0.4
"""How alike two names are at least, from 0 to 1."""
LONGEST = 40
"""Characters of a name that are compared: strangers send names."""


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that is most similar; empty if none is similar."""
    found = difflib.get_close_matches(name[:LONGEST], list(known), n=1, cutoff=NEAR)
    return found[0] if found else ""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of an error that asks for the nearest known name; empty when none is near."""
    found = nearest(name, known)
    return f"; did you mean {found}?" if found else ""


def suggest(pair: Pair, listed: Iterable[Pair]) -> str:
    """The listed pair that the user most likely meant; empty when nothing is near."""
    pairs = list(listed)
    meant = [Pair(pair.quote, pair.base)]
    meant += [Pair(base, pair.quote) for base in other_names(pair.base)]
    meant += [Pair(pair.base, quote) for quote in other_names(pair.quote)]
    by_fold = {other.folded: other for other in pairs}
    for other in meant:
        if other.folded in by_fold:
            return str(by_fold[other.folded])
    bases = {folded(pair.base), *map(folded, other_names(pair.base))}
    same_base = [other for other in pairs if folded(other.base) in bases]
    names = {folded(str(other)): str(other) for other in (same_base or pairs)}
    near = difflib.get_close_matches(folded(str(pair)), names, n=1, cutoff=0.6)
    if near:
        return names[near[0]]
    return min(map(str, same_base), key=len) if same_base else ""
