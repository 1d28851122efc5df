"""UNIDIRECTIONAL_SEQUENCE_LSTM on int8, with a cell state of int16."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence

from ..model import Activation, UnidirectionalSequenceLstmOptions
from ..program import Constant, KernelCall, Params, TensorRef
from ..program.fixed_point import Multiplier, quantize_multiplier
from ..program.sigmoid import sigmoid_table
from .common import scale_of, zero_point_of
from .lowering import Lowered, Support, arranged_constant, int16_constant, int32_constant, refs
from .rules import CONVERT_AGAIN, QUANTIZE, REPLACE, Instance, Rule, quoted, rule
from .variable_tensors import constants, quantized, shapes, variables
from .weighted import LARGEST_PRODUCT, LARGEST_SUM

INPUT, HIDDEN, CELL = 0, 18, 19
GATES = ((2, 6, 13), (1, 5, 12), (3, 7, 14), (4, 8, 15))
"""Forget, input, cell, output, as the kernel takes them: weights of the input, weights of the hidden state, bias."""
WEIGHTS = tuple(position for gate in GATES for position in gate[:2])
BIASES = tuple(gate[2] for gate in GATES)
_INPUTS = 24
LARGEST_SHIFT = 30
"""Of a multiplier."""
_GATE_SCALE, _RESULT_SCALE = 2.0**-12, 2.0**-15
"""Of what goes into the logistic function and the hyperbolic tangent, and of what comes out."""


@rule(REPLACE)
def plain_form(instance: Instance) -> str | None:
    """It has 24 inputs and one output; no peepholes, no projection, no normalisation, and all four gates."""
    operator = instance.operator
    if len(operator.inputs) != _INPUTS or len(operator.outputs) != 1 or min(operator.outputs) < 0:
        return f"{len(operator.inputs)} inputs and {len(operator.outputs)} outputs"
    wanted = {INPUT, HIDDEN, CELL, *WEIGHTS, *BIASES}
    given = {position for position, index in enumerate(operator.inputs) if index >= 0}
    missing, more = sorted(wanted - given), sorted(given - wanted)
    if missing:
        return f"no input {missing[0]}"
    if more:
        return f"an input {more[0]}"
    return None if isinstance(operator.options, UnidirectionalSequenceLstmOptions) else "no options"


@rule(REPLACE)
def tanh_alone(instance: Instance) -> str | None:
    """Its fused activation is TANH, and no clip is below 0 or not finite."""
    options = instance.options(UnidirectionalSequenceLstmOptions)
    if options.activation is not Activation.TANH:
        return options.activation.name
    return None if 0 <= options.cell_clip < math.inf else f"cell_clip {options.cell_clip}"


@rule(QUANTIZE)
def int8_input_and_output(instance: Instance) -> str | None:
    """Input and output are int8."""
    kinds = {instance.required(INPUT).type.name, instance.output.type.name}
    return " and ".join(sorted(kinds)) if kinds != {"INT8"} else None


@rule(CONVERT_AGAIN)
def three_dimensions(instance: Instance) -> str | None:
    """Input and output have three dimensions."""
    tensors = (instance.required(INPUT), instance.output)
    flat = next((tensor for tensor in tensors if len(tensor.shape) != 3), None)
    return f"{quoted(flat)} has {len(flat.shape)}" if flat is not None else None


@rule(CONVERT_AGAIN)
def matching_shapes(instance: Instance) -> str | None:
    """Weights are [units, depth] and [units, units], biases [units], states of batches * units elements."""
    first, second, depth = instance.required(INPUT).shape
    units = instance.output.shape[2]
    wanted: dict[int, tuple[int, ...]] = {-1: (first, second, units)}
    for of_input, of_hidden, bias in GATES:
        wanted |= {of_input: (units, depth), of_hidden: (units, units), bias: (units,)}
    batches = first if not instance.options(UnidirectionalSequenceLstmOptions).time_major else second
    for position in (HIDDEN, CELL):
        tensor = instance.required(position)
        if tensor.elements != batches * units:
            return f"{quoted(tensor)} has {tensor.elements} elements, not {batches} * {units}"
    return shapes(wanted, instance)


@rule(QUANTIZE)
def scale_of_cell(instance: Instance) -> str | None:
    """The cell state's scale is a power of two from 2**-15 to 1."""
    cell = scale_of(instance.required(CELL))
    return f"{cell}" if math.frexp(cell)[0] != 0.5 or not 2.0**-15 <= cell <= 1 else None


def representable_multipliers(largest_shift: int) -> Rule:
    """Of the gates' sums the multipliers are below 2 to the power of that."""

    def check(instance: Instance) -> str | None:
        try:
            gates = max(each.shift for multipliers in gate_multipliers(instance) for each in multipliers)
            between = max(each.shift for each in _between(instance))
        except (ValueError, ZeroDivisionError, OverflowError):
            return "a ratio that is not finite"
        if gates > largest_shift:
            return f"2**{gates - 1} or more"
        return f"2**{between - 1} or more" if between > LARGEST_SHIFT else None

    return Rule(
        f"Each product of scales of a gate is below 2**{largest_shift} / 2**12, and the hidden state's scale above "
        "2**-60.",
        QUANTIZE,
        check,
    )


def sums_fit(largest_product: int, largest_sum: int) -> Rule:
    """Of products of at most that size."""

    def check(instance: Instance) -> str | None:
        depth, units = instance.required(INPUT).shape[2], instance.output.shape[2]
        worst = max(depth, units) * largest_product + max(map(abs, biases(instance)))
        return f"up to {worst}" if worst > largest_sum else None

    bits = largest_sum.bit_length() + 1
    return Rule(f"No sum of products and bias of a gate can leave {bits} bits.", "use fewer units", check)


def lower(instance: Instance) -> Lowered:
    """One call."""
    words = [word for gate in gate_multipliers(instance) for each in gate for word in (each.multiplier, each.shift)]
    return lower_integers(instance, "s8", biases(instance), words)


def lower_integers(instance: Instance, suffix: str, bias: Sequence[int], gates: Sequence[int]) -> Lowered:
    """One call of the kernel of that type. Source: lstm_eval.h, lstm_eval.cc and lstm_eval_common.cc of tflite-micro.

    `bias` and `gates` are the words of these tables (tinyml_kernels_recurrent.h).
    """
    source, hidden, cell = (instance.required(position) for position in (INPUT, HIDDEN, CELL))
    forget, new, output = _between(instance)
    clip = instance.options(UnidirectionalSequenceLstmOptions).cell_clip
    limit = int(min(clip / scale_of(cell), 32767.0))
    tables = _tables(instance, bias, gates)
    params = Params(
        "tinyml_unidirectional_sequence_lstm_params",
        (
            *size_fields(instance),
            ("forget_multiplier", forget.multiplier),
            ("input_multiplier", new.multiplier),
            ("hidden_multiplier", output.multiplier),
            ("forget_shift", forget.shift),
            ("input_shift", new.shift),
            ("hidden_shift", output.shift),
            ("cell_min", -limit if clip > 0 else -32768),
            ("cell_max", limit if clip > 0 else 32767),
            ("cell_shift", 12 + math.frexp(scale_of(cell))[1] - 1),
            ("input_offset", -zero_point_of(source)),
            ("hidden_zero_point", zero_point_of(hidden)),
        ),
    )
    call = KernelCall(
        function=f"tinyml_unidirectional_sequence_lstm_{suffix}",
        params=params,
        inputs=(TensorRef(source.index), *refs(tables), TensorRef(hidden.index), TensorRef(cell.index)),
        outputs=(instance.output.index,),
        source=instance.operator,
    )
    return Lowered(call, tables)


def size_fields(instance: Instance) -> tuple[tuple[str, int], ...]:
    """The first fields of the params."""
    first, second, depth = instance.required(INPUT).shape
    units, is_time_major = instance.output.shape[2], instance.options(UnidirectionalSequenceLstmOptions).time_major
    steps = (second, 1) if is_time_major else (1, second)
    return (
        ("time_steps", first if is_time_major else second),
        ("batches", second if is_time_major else first),
        ("input_depth", depth),
        ("units", units),
        ("input_time_step", steps[0] * depth),
        ("input_batch_step", steps[1] * depth),
        ("output_time_step", steps[0] * units),
        ("output_batch_step", steps[1] * units),
    )


def macs(instance: Instance) -> int:
    """All weights, once for each step of each batch."""
    first, second, _ = instance.required(INPUT).shape
    return first * second * sum(instance.required(position).elements for position in WEIGHTS)


def rows(instance: Instance, size: int) -> bytes:
    """The weights as the kernel reads them: of each gate and unit those of the input, then of the hidden state."""
    depth, units = instance.required(INPUT).shape[2] * size, instance.output.shape[2] * size
    found = bytearray()
    for of_input, of_hidden, _ in GATES:
        one, two = (instance.required(position).data or b"" for position in (of_input, of_hidden))
        for unit in range(units // size):
            found += one[unit * depth : (unit + 1) * depth] + two[unit * units : (unit + 1) * units]
    return bytes(found)


def _tables(instance: Instance, bias: Sequence[int], gates: Sequence[int]) -> tuple[Constant, ...]:
    first = instance.required(GATES[0][0])
    shape = f"4x{instance.output.shape[2]}x{first.shape[1] + instance.output.shape[2]}"
    return (
        arranged_constant(instance, "weights", rows(instance, 1), shape, first),
        int32_constant(instance, "bias", bias),
        int32_constant(instance, "gates", gates),
        int16_constant(instance, "sigmoid", [value - 0x8000 for value in sigmoid_table()]),
    )


def gate_multipliers(instance: Instance) -> Iterator[tuple[Multiplier, Multiplier]]:
    """Of each gate the multipliers of its sums of input and of hidden state."""
    source, hidden = scale_of(instance.required(INPUT)), scale_of(instance.required(HIDDEN))
    for of_input, of_hidden, _ in GATES:
        one, two = (scale_of(instance.required(position)) for position in (of_input, of_hidden))
        yield quantize_multiplier(source * one / _GATE_SCALE), quantize_multiplier(hidden * two / _GATE_SCALE)


def _between(instance: Instance) -> tuple[Multiplier, Multiplier, Multiplier]:
    """Forget gate times cell, input gate times cell gate, output gate times the cell's tangent."""
    cell, hidden = scale_of(instance.required(CELL)), scale_of(instance.required(HIDDEN))
    products = (_RESULT_SCALE * cell / cell, _RESULT_SCALE**2 / cell, _RESULT_SCALE**2 / hidden)
    forget, new, output = map(quantize_multiplier, products)
    return forget, new, output


def biases(instance: Instance) -> list[int]:
    """Gate by gate, of int32 or int64."""
    found: list[int] = []
    for position in BIASES:
        tensor = instance.required(position)
        found += struct.unpack(f"<{tensor.elements}{'i' if tensor.type.name == 'INT32' else 'q'}", tensor.data or b"")
    return found


SUPPORT = Support(
    opcode="UNIDIRECTIONAL_SEQUENCE_LSTM",
    summary="The plain LSTM, batches or time first, with or without a cell clip; state of int8 and int16.",
    kernels=("tinyml_unidirectional_sequence_lstm_s8",),
    rules=(
        (plain_form,),
        (
            int8_input_and_output,
            tanh_alone,
            constants({**dict.fromkeys(WEIGHTS, ("INT8",)), **dict.fromkeys(BIASES, ("INT32",))}),
            variables({HIDDEN: ("INT8",), CELL: ("INT16",)}),
            three_dimensions,
        ),
        (quantized((INPUT, *WEIGHTS, HIDDEN, CELL), {*WEIGHTS, CELL}), matching_shapes),
        (scale_of_cell, representable_multipliers(LARGEST_SHIFT), sums_fit(LARGEST_PRODUCT, LARGEST_SUM)),
    ),
    lower=lower,
    macs=macs,
)
