"""The smallest size that something accepts."""

from __future__ import annotations

from collections.abc import Callable

STEP = 16
"""Bytes: sizes are multiples of it, and so is the arena's address."""


def smallest_accepted(accepts: Callable[[int], bool], guess: int, limit: int) -> int | None:
    """The least multiple of 16 up to `limit` that `accepts`; None if there is none.

    What accepts a size is taken to accept any larger one. The size found was accepted and the one 16 below refused,
    both for certain: they were asked.
    """
    refused, accepted = 0, max(-(-guess // STEP) * STEP, STEP)
    while not accepts(accepted):
        if accepted >= limit:
            return None
        refused, accepted = accepted, min(2 * accepted, limit // STEP * STEP)
    while accepted - refused > STEP:
        middle = (accepted + refused) // (2 * STEP) * STEP
        if accepts(middle):
            accepted = middle
        else:
            refused = middle
    return accepted


def round_to_step(size: int) -> int:
    """`size` rounded up to what an arena's size may be."""
    return -(-size // STEP) * STEP
