"""TILE and BROADCAST_TO: one copy that reads elements of its input more than once."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from . import copying
from .common import operands
from .interval_rules import source_values
from .lowering import Lowered, Support
from .rules import REPLACE, Instance, Rule


def support(
    opcode: str, names: str, is_whole: Rule, dimensions: Callable[[Instance], Iterable[copying.Dimension]]
) -> Support:
    """The entry of one whose second input is called `names`; the rule says what shapes go with it."""

    def moves(instance: Instance) -> list[copying.Move]:
        return [copying.Move(0, tuple(dimensions(instance)))]

    def few_loops(instance: Instance) -> str | None:
        return copying.fits(moves(instance))

    def lower(instance: Instance) -> Lowered:
        return copying.lower_moves(instance, moves(instance))

    loops = "Dimensions that are repeated alike are one, and the copies need at most five loops."
    return Support(
        opcode=opcode,
        summary=f"The {names} {'are constants' if names.endswith('s') else 'is a constant'}.",
        kernels=("tinyml_copy",),
        rules=(
            (operands(2),),
            (copying.one_type(0), copying.constant_integers(1, names)),
            (is_whole,),
            (Rule(loops, REPLACE, few_loops),),
        ),
        lower=lower,
        interval=source_values,
        types=(),
    )
