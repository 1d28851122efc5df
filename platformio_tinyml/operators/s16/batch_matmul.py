"""BATCH_MATMUL on int16."""

from __future__ import annotations

from ...model import BatchMatMulOptions
from ...program.fixed_point import Multiplier, halved
from .. import batch_matmul
from ..broadcast import one_computed_input
from ..common import operands
from ..lowering import Lowered, Support
from ..rules import CONVERT_AGAIN, REPLACE, Instance, rule
from .common import all_int16, symmetric
from .weights import LARGEST_LONG_SUM, LARGEST_SHIFT


@rule(CONVERT_AGAIN)
def representable_product(instance: Instance) -> str | None:
    """input1 scale * input2 scale / output scale is below 2**7."""
    try:
        shift = batch_matmul.multiplier(instance).shift
    except (ValueError, ZeroDivisionError, OverflowError):
        return "a ratio that is not finite"
    return f"2**{shift - 1} or more" if shift > LARGEST_SHIFT else None


@rule(REPLACE)
def sum_fits(instance: Instance) -> str | None:
    """The sum of products fits 48 bits."""
    count = batch_matmul.products(instance)
    return f"{count} products" if count << 30 > LARGEST_LONG_SUM else None


def lower(instance: Instance) -> Lowered:
    """One call. Source: BatchMatMul of TFLite's reference/batch_matmul.h, with sums of 64 bits."""
    found = Multiplier(*halved(batch_matmul.multiplier(instance)))
    return batch_matmul.lower_matrices(instance, "tinyml_batch_matmul_s16", found, (0, 0, 0))


SUPPORT = Support(
    opcode="BATCH_MATMUL",
    summary="With broadcasting and adj_x, adj_y; one input may be a constant.",
    kernels=("tinyml_batch_matmul_s16",),
    rules=(
        (operands(2, 0, BatchMatMulOptions),),
        (all_int16, one_computed_input),
        (symmetric, batch_matmul.matching_matrices),
        (batch_matmul.few_dimensions, representable_product, sum_fits),
    ),
    lower=lower,
    macs=batch_matmul.macs,
    types=("INT16",),
)
