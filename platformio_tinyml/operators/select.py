"""SELECT: SELECT_V2 without broadcasting, but of a condition of one element."""

from __future__ import annotations

from . import select_v2
from .rules import REPLACE, Instance, rule


@rule(REPLACE)
def plain_shapes(instance: Instance) -> str | None:
    """The inputs have the output's shape, or the condition one element."""
    condition, *inputs = (instance.required(position) for position in range(3))
    shapes = [each.shape for each in inputs if each.shape != instance.output.shape]
    if condition.elements != 1 and condition.shape != instance.output.shape:
        shapes.append(condition.shape)
    return f"{list(shapes[0])} and {list(instance.output.shape)}" if shapes else None


SUPPORT = select_v2.support("SELECT", plain_shapes)
