"""BATCH_MATMUL."""

from __future__ import annotations

from ..model import BatchMatMulOptions
from ..program import KernelCall, Params
from ..program.fixed_point import Multiplier, quantize_multiplier
from .add import int8_constants, quantized_operands
from .broadcast import one_computed_input, operand
from .common import int8_activations, operands, scale_of, zero_point_of
from .copying import strides
from .lowering import Lowered, Support
from .rules import CONVERT_AGAIN, REPLACE, Instance, rule

BATCHES = 3
"""Of the kernel's loops, around the two of a matrix."""
_PLAIN, _PANELS = "tinyml_batch_matmul_s8", "tinyml_batch_matmul_panels_s8"
_COLUMNS = 4
"""Of a panel (runtime/src/tinyml_panel.h)."""
_WORTH = 3
"""Rows for which a panel is laid out."""


@rule(CONVERT_AGAIN)
def matching_matrices(instance: Instance) -> str | None:
    """The last two dimensions, swapped where adj_x or adj_y says so, are matrices that multiply to the output's; those
    before broadcast to the output's.
    """
    shapes = [tensor.shape for tensor in instance.inputs]
    output, options = instance.output.shape, instance.options(BatchMatMulOptions)
    found = f"{list(shapes[0])} and {list(shapes[1])} to {list(output)}"
    if min(map(len, shapes)) < 2:
        return found
    rank = max(map(len, shapes))
    left, right = ((1,) * (rank - len(shape)) + shape for shape in shapes)
    rows, inner = reversed(left[-2:]) if options.adj_x else left[-2:]
    other, columns = reversed(right[-2:]) if options.adj_y else right[-2:]
    batches = list(zip(left[:-2], right[:-2], strict=True))
    fits = inner == other and all(1 in pair or pair[0] == pair[1] for pair in batches)
    return None if fits and output == (*map(max, batches), rows, columns) else found


@rule(REPLACE)
def few_dimensions(instance: Instance) -> str | None:
    """There are at most five dimensions."""
    rank = len(instance.output.shape)
    return str(rank) if rank > BATCHES + 2 else None


@rule(REPLACE)
def sum_fits(instance: Instance) -> str | None:
    """The sum of products, and its multiple in output steps, fit 32 bits."""
    try:
        shift = multiplier(instance).shift
    except (ValueError, ZeroDivisionError, OverflowError):
        return "a ratio that is not finite"
    count = products(instance)
    return f"{count} products" if count * 255 * 255 << max(shift, 0) >= 1 << 31 else None


def lower_matrices(
    instance: Instance,
    kernel: str,
    factor: Multiplier,
    offsets: tuple[int, int, int],
    *,
    of_panels: str = "",
) -> Lowered:
    """One call; offsets of the inputs and the output; the kernel that lays out panels, if there is one."""
    (one, constants), (two, more) = operand(instance, 0), operand(instance, 1)
    options, output = instance.options(BatchMatMulOptions), instance.output.shape
    shapes = [(1,) * (BATCHES + 2 - len(tensor.shape)) + tensor.shape for tensor in instance.inputs]
    left, right = (strides(shape) for shape in shapes)
    batches = ((1,) * (BATCHES + 2 - len(output)) + output)[:BATCHES]
    row, inner = reversed(left[-2:]) if options.adj_x else left[-2:]
    other, column = reversed(right[-2:]) if options.adj_y else right[-2:]
    rows, columns = output[-2:]
    panel = _panel(rows, columns, inner, other) if of_panels else 0
    fields = (
        *((f"size_{d}", size) for d, size in enumerate(batches)),
        *(
            (f"input{n}_step_{d}", steps[d] if shape[d] > 1 else 0)
            for n, (steps, shape) in enumerate(zip((left, right), shapes, strict=True), 1)
            for d in range(BATCHES)
        ),
        ("rows", rows),
        ("columns", columns),
        ("inner", products(instance)),
        ("row_step", row),
        ("column_step", column),
        ("left_step", inner),
        ("right_step", other),
        ("multiplier", factor.multiplier),
        *zip(("input1_offset", "input2_offset", "output_offset"), offsets, strict=True),
        ("shift", factor.shift),
        ("input1_in_flash", int(bool(constants))),
        ("input2_in_flash", int(bool(more))),
        ("panel", panel),
    )
    call = KernelCall(
        function=of_panels if panel else kernel,
        params=Params("tinyml_batch_matmul_params", fields),
        inputs=(one, two),
        outputs=(instance.output.index,),
        source=instance.operator,
        scratch_size=2 * _COLUMNS * products(instance) if panel else 0,
    )
    return Lowered(call, (*constants, *more))


def _panel(rows: int, columns: int, left_step: int, right_step: int) -> int:
    """Of which input: 0 where neither the rows that meet a panel lie as they must, nor are there enough of both."""
    if left_step == 1 and rows >= _WORTH and columns >= _COLUMNS:
        return 2
    return int(right_step == 1 and columns >= _WORTH and rows >= _COLUMNS)


def lower(instance: Instance) -> Lowered:
    """One call."""
    one, two = (zero_point_of(tensor) for tensor in instance.inputs)
    offsets = -one, -two, zero_point_of(instance.output)
    return lower_matrices(instance, _PLAIN, multiplier(instance), offsets, of_panels=_PANELS)


def macs(instance: Instance) -> int:
    """A row times a column for each output element."""
    return instance.output.elements * products(instance) if len(instance.inputs[0].shape) > 1 else 0


def products(instance: Instance) -> int:
    """That are added to an output element."""
    return instance.inputs[0].shape[-2 if instance.options(BatchMatMulOptions).adj_x else -1]


def multiplier(instance: Instance) -> Multiplier:
    """Source: GetQuantizedConvolutionMultipler of TFLite's kernel_util.cc."""
    one, two = (scale_of(tensor) for tensor in instance.inputs)
    return quantize_multiplier(one * two / scale_of(instance.output))


SUPPORT = Support(
    opcode="BATCH_MATMUL",
    summary="With broadcasting and adj_x, adj_y; one input may be a constant.",
    kernels=(_PLAIN, _PANELS),
    rules=(
        (operands(2, 0, BatchMatMulOptions),),
        (int8_activations,),
        (int8_constants, one_computed_input),
        (quantized_operands, matching_matrices),
        (few_dimensions, sum_fits),
    ),
    lower=lower,
    macs=macs,
)
