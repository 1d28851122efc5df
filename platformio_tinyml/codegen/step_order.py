"""The order of a stream's steps as the runtime reads it: numbers of stages, and parts that come several times."""

from __future__ import annotations

from collections.abc import Sequence

END = -128
LONGEST = 127
"""Stages of a part, and times that it comes once more."""


def packed(order: Sequence[int]) -> list[int]:
    """The fewest bytes that say `order`, as tinyml_steps has them, its end included.

    From the last step on: each begins a part that comes several times, as often as it can, or stands by itself.
    """
    size = len(order)
    cost, choice = [0] * (size + 1), [(1, 0)] * size
    equal = [0] * (LONGEST + 1)
    """By length of a part: so many steps from here on equal those a part later."""
    for at in range(size - 1, -1, -1):
        cost[at] = cost[at + 1] + 1
        for length in range(1, min(LONGEST, size - 1 - at) + 1):
            equal[length] = equal[length] + 1 if order[at] == order[at + length] else 0
            again = min(equal[length] // length, LONGEST)
            if again and length + 2 + cost[at + length * (again + 1)] < cost[at]:
                cost[at] = length + 2 + cost[at + length * (again + 1)]
                choice[at] = length, again
    found: list[int] = []
    at = 0
    while at < size:
        length, again = choice[at]
        found += [*order[at : at + length], *((-length, again) if again else ())]
        at += length * (again + 1)
    return [*found, END]
