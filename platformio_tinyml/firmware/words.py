"""Names in a sentence."""

from __future__ import annotations

from collections.abc import Sequence

_NAMES = 3


def shortened(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    more = len(names) - _NAMES
    return f"{' '.join(names[:_NAMES])} and {more} more" if more > 0 else " ".join(names)
