"""SVDF on int8, with state of int8 or int16."""

from __future__ import annotations

from ..model import SvdfOptions
from ..program import Constant, KernelCall, Params, TensorRef
from ..program.fixed_point import Multiplier, float32, quantize_multiplier
from .common import operands, scale_of, zero_point_of
from .lowering import Lowered, Support, refs, tensor_constant
from .rules import CONVERT_AGAIN, QUANTIZE, Instance, quoted, rule
from .variable_tensors import constants, quantized, shapes, variables
from .weighted import LARGEST_PRODUCT, LARGEST_SUM

INPUT, FEATURE, TIME, BIAS, STATE = range(5)
_NEAR = 1e-5
"""What TFLM lets the bias's scale differ by."""


@rule(QUANTIZE)
def int8_input_and_output(instance: Instance) -> str | None:
    """Input and output are int8."""
    kinds = {instance.required(INPUT).type.name, instance.output.type.name}
    return " and ".join(sorted(kinds)) if kinds != {"INT8"} else None


@rule(QUANTIZE)
def one_type_of_memory(instance: Instance) -> str | None:
    """The state has the type of the time weights."""
    state, time = instance.required(STATE), instance.required(TIME)
    return f"{state.type.name} and {time.type.name}" if state.type is not time.type else None


@rule(QUANTIZE)
def zero_point_of_wide_state(instance: Instance) -> str | None:
    """A state of int16 has the zero point 0."""
    state = instance.required(STATE)
    wrong = state.type.name == "INT16" and zero_point_of(state)
    return f"{quoted(state)} has the zero point {zero_point_of(state)}" if wrong else None


@rule(CONVERT_AGAIN)
def whole_units(instance: Instance) -> str | None:
    """Input, both weights and the output have two dimensions, and the rank, at least 1, divides the filters."""
    tensors = (*(instance.required(position) for position in (INPUT, FEATURE, TIME)), instance.output)
    flat = next((tensor for tensor in tensors if len(tensor.shape) != 2), None)
    if flat is not None:
        return f"{quoted(flat)} has {len(flat.shape)} dimensions"
    rank, filters = instance.options(SvdfOptions).rank, instance.required(FEATURE).shape[0]
    return f"rank {rank} of {filters} filters" if rank < 1 or filters % rank else None


@rule(CONVERT_AGAIN)
def matching_shapes(instance: Instance) -> str | None:
    """Weights are [filters, depth] and [filters, memory], the bias [units], the state [batches, filters * memory], the
    output [batches, units]."""
    batches, depth = instance.required(INPUT).shape
    filters, memory = instance.required(TIME).shape
    units = filters // instance.options(SvdfOptions).rank
    wanted = {FEATURE: (filters, depth), BIAS: (units,), STATE: (batches, memory * filters), -1: (batches, units)}
    return shapes(wanted, instance)


@rule(QUANTIZE)
def scale_of_bias(instance: Instance) -> str | None:
    """The bias's scale is that of the state times that of the time weights, within 1e-5."""
    bias = instance.required(BIAS)
    if bias.quantization is None or len(bias.quantization.scale) != 1:
        return f"{quoted(bias)} has no scale"
    product = float32(scale_of(instance.required(STATE)) * scale_of(instance.required(TIME)))
    return f"{scale_of(bias)} and {product}" if not abs(scale_of(bias) - product) < _NEAR else None


@rule(QUANTIZE)
def representable_multipliers(instance: Instance) -> str | None:
    """Both ratios of scales, of feature weights to state and of time weights to output, are below 2**30."""
    try:
        worst = max(each.shift for each in _multipliers(instance))
    except (ValueError, ZeroDivisionError, OverflowError):
        return "a ratio that is not finite"
    return f"2**{worst - 1} or more" if worst > 30 else None


@rule("split the operator")
def feature_sums_fit_32_bits(instance: Instance) -> str | None:
    """No sum of products of input and feature weights can leave 32 bits."""
    depth = instance.required(INPUT).shape[1]
    return f"{depth} products" if depth * LARGEST_PRODUCT > LARGEST_SUM else None


def lower(instance: Instance) -> Lowered:
    """One call. Source: PrepareSvdf and EvalIntegerSvdfReference of tflite-micro, svdf_common.cc."""
    source, state = instance.required(INPUT), instance.required(STATE)
    feature, output = _multipliers(instance)
    tables = tables_of(instance)
    params = Params(
        "tinyml_svdf_params",
        (
            *size_fields(instance),
            ("feature_multiplier", feature.multiplier),
            ("multiplier", output.multiplier),
            ("feature_shift", feature.shift),
            ("shift", output.shift),
            ("input_offset", -zero_point_of(source)),
            ("state_zero_point", zero_point_of(state)),
            ("output_offset", zero_point_of(instance.output)),
        ),
    )
    call = KernelCall(
        function="tinyml_svdf_s8_s16" if state.type.name == "INT16" else "tinyml_svdf_s8",
        params=params,
        inputs=(TensorRef(source.index), *refs(tables), TensorRef(state.index)),
        outputs=(instance.output.index,),
        source=instance.operator,
    )
    return Lowered(call, tables)


def tables_of(instance: Instance) -> tuple[Constant, ...]:
    """Feature weights, time weights and bias."""
    roles = (("feature", FEATURE), ("time", TIME), ("bias", BIAS))
    return tuple(tensor_constant(instance, role, instance.required(position)) for role, position in roles)


def size_fields(instance: Instance) -> tuple[tuple[str, int], ...]:
    """The first fields of the params."""
    batches, depth = instance.required(INPUT).shape
    memory, rank = instance.required(TIME).shape[1], instance.options(SvdfOptions).rank
    units = instance.output.shape[1]
    return (("batches", batches), ("input_depth", depth), ("units", units), ("rank", rank), ("memory", memory))


def macs(instance: Instance) -> int:
    """Feature weights and time weights, once for each batch."""
    return instance.output.shape[0] * (instance.required(FEATURE).elements + instance.required(TIME).elements)


def _multipliers(instance: Instance) -> tuple[Multiplier, Multiplier]:
    """Of the input's products, and of the state's.

    In double precision, as the package tflite_micro of October 2026 forms them; TFLM of August rounded to float32 in
    between, which changes one value in many thousands by one.
    """
    source, feature, time, state = (scale_of(instance.required(position)) for position in (INPUT, FEATURE, TIME, STATE))
    first, second = source * feature / state, state * time / scale_of(instance.output)
    return quantize_multiplier(first), quantize_multiplier(second)


SUPPORT = Support(
    opcode="SVDF",
    summary="State of int8 or int16, any rank; the fused activation is none, as in TFLM's int8 kernel.",
    kernels=("tinyml_svdf_s8", "tinyml_svdf_s8_s16"),
    rules=(
        (operands(5, 0, SvdfOptions),),
        (
            int8_input_and_output,
            constants({FEATURE: ("INT8",), TIME: ("INT8", "INT16"), BIAS: ("INT32",)}),
            variables({STATE: ("INT8", "INT16")}),
        ),
        (one_type_of_memory, quantized((INPUT, FEATURE, TIME, STATE), {FEATURE, TIME}), whole_units),
        (matching_shapes, zero_point_of_wide_state, scale_of_bias, representable_multipliers, feature_sums_fit_32_bits),
    ),
    lower=lower,
    macs=macs,
)
