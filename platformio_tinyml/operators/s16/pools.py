"""AVERAGE_POOL_2D and MAX_POOL_2D on int16."""

from __future__ import annotations

from ...program import Kind, Sweep
from .. import pool_2d
from ..rules import REPLACE, Instance, rule
from ..spatial import axes
from .common import INT16

LARGEST_WINDOW = 65535
"""Elements, whose sum fits 32 bits."""


@rule(REPLACE)
def countable_window(instance: Instance) -> str | None:
    """A window has at most 65,535 elements."""
    height, width = axes(instance)
    return f"{height.taps} x {width.taps}" if height.taps * width.taps > LARGEST_WINDOW else None


SUPPORTS = tuple(
    pool_2d.support(opcode, Sweep(Kind.WINDOW), elements=INT16, further=(countable_window,))
    for opcode in ("AVERAGE_POOL_2D", "MAX_POOL_2D")
)
