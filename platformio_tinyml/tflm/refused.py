"""What no TensorFlow Lite Micro runs, whatever its version and kernels, told before anything is generated.

Each operator of `_NOT_UINT8`, `_NOT_OF` and `_RANKS` was tried alone with the package tflite_micro of 2026: it fails to
prepare or to invoke.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..errors import ModelError
from ..model import Model, Operator, Tensor, TensorType
from ..model.naming import printable
from ..model.refused_types import CASTS, INDEX, ONE_TYPE, SPARSE, UINT8, Refusal, of_types, way_out_of_neither

_NOT_UINT8 = """
    ABS ADD ADD_N ARG_MAX ARG_MIN AVERAGE_POOL_2D BATCH_MATMUL BATCH_TO_SPACE_ND CONCATENATION CONV_2D CUMSUM
    DEPTHWISE_CONV_2D DEPTH_TO_SPACE DIV ELU EQUAL EXP FILL FULLY_CONNECTED GATHER GATHER_ND GREATER GREATER_EQUAL
    HARD_SWISH L2_NORMALIZATION L2_POOL_2D LEAKY_RELU LESS LESS_EQUAL LOGISTIC LOG_SOFTMAX MAXIMUM MAX_POOL_2D MEAN
    MINIMUM MIRROR_PAD MUL NEG NOT_EQUAL PACK PAD PADV2 PRELU REDUCE_MAX REDUCE_MIN RELU RELU6 RELU_N1_TO_1
    RESIZE_BILINEAR RESIZE_NEAREST_NEIGHBOR RSQRT SLICE SOFTMAX SPACE_TO_BATCH_ND SPACE_TO_DEPTH SPLIT SPLIT_V SQRT
    SQUARED_DIFFERENCE STRIDED_SLICE SUB SUM TANH TRANSPOSE TRANSPOSE_CONV UNPACK ZEROS_LIKE
"""
_NOT_OF = {
    TensorType.BOOL: """
        BATCH_TO_SPACE_ND DEPTH_TO_SPACE EXPAND_DIMS FILL GATHER GATHER_ND MIRROR_PAD PACK PAD RESIZE_NEAREST_NEIGHBOR
        SELECT_V2 SPACE_TO_BATCH_ND SPACE_TO_DEPTH SPLIT SPLIT_V TRANSPOSE UNPACK ZEROS_LIKE
    """,
    TensorType.INT16: """
        BATCH_TO_SPACE_ND DEPTH_TO_SPACE FILL GATHER GATHER_ND MIRROR_PAD REDUCE_MAX REDUCE_MIN SPACE_TO_BATCH_ND
        SPACE_TO_DEPTH ZEROS_LIKE
    """,
    TensorType.INT32: """
        BATCH_TO_SPACE_ND DEPTH_TO_SPACE EXPAND_DIMS GATHER GATHER_ND MIRROR_PAD RESIZE_NEAREST_NEIGHBOR SELECT_V2
        SPACE_TO_BATCH_ND SPACE_TO_DEPTH TRANSPOSE
    """,
    TensorType.INT64: """
        BATCH_TO_SPACE_ND DEPTH_TO_SPACE EXPAND_DIMS FILL GATHER GATHER_ND MIRROR_PAD PAD RESIZE_NEAREST_NEIGHBOR
        SELECT_V2 SLICE SPACE_TO_BATCH_ND SPACE_TO_DEPTH SPLIT SPLIT_V STRIDED_SLICE TRANSPOSE UNPACK
    """,
}
"""By type of what they write: operators that the compiled runtime has of it."""
_RANKS = {
    "BROADCAST_TO": 5,
    "L2_NORMALIZATION": 4,
    "PAD": 5,
    "PADV2": 5,
    "SLICE": 5,
    "STRIDED_SLICE": 4,
    "TRANSPOSE": 5,
}
"""The most dimensions of what they read and write."""
_FLOAT_RANKS = {"PRELU": 4}
"""Of float32 alone."""
_FLOAT_ONLY = ("EXP", "LOG", "SQRT")
_HYBRID = (
    "quantize the model to int8, with samples of its input (custom_tinyml_data, or pio-tinyml quantize)",
    "is hybrid: FLOAT32 activations with INT8 weights",
)
_HALF = (
    "quantize the model to int8, with samples of its input (custom_tinyml_data, or pio-tinyml quantize); or convert it "
    "without supported_types = [tf.float16]",
    "reads float16 weights, which TensorFlow Lite Micro has not; the compiled runtime takes them, as float32",
)
_PER_CHANNEL = (
    "convert the model again with int8 weights, or take the runtime compiled, which has it (docs/operators.md)",
    "has INT4 weights with a scale for each output, which TensorFlow Lite Micro takes of one scale alone",
)
_RANK = (
    "take the runtime compiled where that has the operator so (docs/operators.md), or RESHAPE the input before it",
    "has an input of more than {0} dimensions, and in TensorFlow Lite Micro of {0} at most",
)
MOST_JOINED = 10
"""Inputs of CONCATENATION. Source: kMaxInputNum of tflite-micro, concatenation.cc."""
_WIDE = (
    "take the runtime compiled, or join some of them first: CONCATENATION of what CONCATENATION has made",
    "joins {0} tensors, and TensorFlow Lite Micro {1} at most",
)
_TYPE = (
    "take the runtime compiled, or CAST before it and after",
    "makes {0}, of which TensorFlow Lite Micro has no such operator",
)
_NEITHER = "computes in {0}, in which neither TensorFlow Lite Micro nor the runtime compiled has it"
_STEPS = (
    "take the runtime compiled, or convert the model again with samples that are like real inputs",
    "has an output whose steps are so much finer than its inputs' that TensorFlow Lite Micro ends the program",
)
_FINE_QUOTIENT = (
    "convert the model again with samples that are like real inputs",
    "has an output whose steps are so much finer than its quotient's that TensorFlow Lite Micro shifts by a negative "
    "number of bits",
)
_PADS = (
    "take the runtime compiled, which pads with the zero point, or convert so that the dilated convolution is one "
    "operator",
    "pads INT8 whose zero point is not 0, and TensorFlow Lite Micro never sets the number that it pads with",
)
_ORDERED = frozenset((TensorType.INT8, TensorType.INT32, TensorType.INT64, TensorType.FLOAT32))
_INPUTS = {
    **dict.fromkeys(("LOGICAL_AND", "LOGICAL_OR", "LOGICAL_NOT"), frozenset((TensorType.BOOL,))),
    **dict.fromkeys(("GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL"), _ORDERED),
    **dict.fromkeys(("EQUAL", "NOT_EQUAL"), _ORDERED | {TensorType.BOOL}),
}
"""Types of the inputs, one for all of them, of operators that look at one input's alone, or at none."""
_SHIFT = {TensorType.INT8: 20, TensorType.INT16: 15}
"""Bits by which ADD and SUB shift their inputs up, before a multiplier that Prepare wants below 1, or aborts."""
_FIXED = {"LOGISTIC": (None, -128), "LOG_SOFTMAX": (1 / 16, 127), "SOFTMAX": (1 / 256, -128)}
"""(scale, or None for any; zero point) of an INT8 output, which every Prepare asks for."""


def refuse(model: Model) -> None:
    """ModelError that names the first operator that cannot be run."""
    for number, graph in enumerate((model, *model.subgraphs)):
        inside = f" of subgraph {number}" if number else ""
        for operator in graph.operators:
            found = _of(graph, operator)
            if found:
                next_step, what = found
                where = printable(f"{operator.index} {operator.opcode}", 60) + inside
                raise ModelError(f"operator {where} {what}", next_step, code="tflm-types")


def refuse_resized(model: Model, shapes: Mapping[int, tuple[int, ...]]) -> None:
    """The same of a file that leaves shapes open: by tensor those that it does not state, and that follow."""
    for operator in model.operators:
        for index in operator.outputs:
            if index in shapes:
                where = printable(f"{operator.index} {operator.opcode}", 60)
                shape = "x".join(map(str, shapes[index]))
                raise ModelError(
                    f"the file leaves open what shape operator {where} makes, {shape}, and states another, which "
                    "TensorFlow Lite Micro believes",
                    "convert the model with a batch of 1 (keras.Input(..., batch_size=1)), or take the runtime "
                    "compiled",
                    code="tflm-shapes",
                )


def _of(model: Model, operator: Operator) -> tuple[str, str] | None:
    tensors = [model.tensors[index] for index in operator.inputs if index >= 0]
    if any(tensor.is_sparse for tensor in tensors):
        return SPARSE.next_step, "has sparse weights, which TensorFlow Lite Micro does not have"
    if any(tensor.type is TensorType.FLOAT16 for tensor in tensors):
        return _HALF
    weights = any(tensor.is_constant and tensor.type is TensorType.INT8 for tensor in tensors[1:])
    if weights and tensors[0].type is TensorType.FLOAT32:
        return _HYBRID
    read = [tensor for tensor in tensors[:1] if not tensor.is_constant]
    computed = [*read, *(model.tensors[index] for index in operator.outputs)]
    if operator.opcode in _NOT_UINT8.split() and any(tensor.type is TensorType.UINT8 for tensor in computed):
        return UINT8.next_step, f"is refused. {UINT8.of(f'{operator.opcode} of uint8')}"
    kind = tensors[0].type if tensors else None
    step = way_out_of_neither(operator, kind) if kind else None
    if kind and step:
        return step, _NEITHER.format(kind.name)
    if operator.opcode in _FLOAT_ONLY:
        kinds = {tensor.type for tensor in computed} & {TensorType.INT8, TensorType.INT16}
        if kinds:
            names = " and ".join(sorted(kind.name for kind in kinds))
            return (
                "take the runtime compiled where that has the operator so (docs/operators.md), or another function",
                f"computes in {names}, and in TensorFlow Lite Micro in float alone",
            )
    if operator.opcode in _INPUTS and tensors:
        taken, kinds = _INPUTS[operator.opcode], {tensor.type for tensor in tensors}
        if tensors[0].type not in taken:
            rule = Refusal(of_types(operator.opcode, (kind.name for kind in taken)), CASTS[operator.opcode])
            return rule.next_step, f"is refused. {rule.of(f'{tensors[0].type.name} activations')}"
        if len(kinds) > 1:
            return ONE_TYPE.next_step, f"is refused. {ONE_TYPE.of(' and '.join(sorted(kind.name for kind in kinds)))}"
    if operator.opcode == "FULLY_CONNECTED" and len(tensors) > 1 and _is_int4_by_channel(tensors[1]):
        return _PER_CHANNEL
    if operator.opcode in ("ARG_MAX", "ARG_MIN") and computed and computed[-1].type is not TensorType.INT32:
        return INDEX.next_step, f"is refused. {INDEX.of(computed[-1].type.name)}"
    floats = computed and computed[0].type is TensorType.FLOAT32
    rank = (_FLOAT_RANKS if floats else _RANKS).get(operator.opcode, _RANKS.get(operator.opcode))
    if rank is not None and computed and max(len(tensor.shape) for tensor in computed) > rank:
        return _RANK[0], _RANK[1].format(rank)
    made = {model.tensors[index].type for index in operator.outputs}
    for kind, opcodes in _NOT_OF.items():
        if kind in made and operator.opcode in opcodes.split():
            return _TYPE[0], _TYPE[1].format(kind.name)
    if operator.opcode == "SPACE_TO_BATCH_ND" and len(tensors) == 3 and _pads_int8(tensors[2], computed[-1]):
        return _PADS
    if operator.opcode == "CONCATENATION" and len(operator.inputs) > MOST_JOINED:
        return _WIDE[0], _WIDE[1].format(len(operator.inputs), MOST_JOINED)
    if operator.opcode in ("ADD", "SUB") and _is_of_fine_steps(computed[-1], tensors):
        return _STEPS
    if operator.opcode == "DIV" and _is_of_fine_quotient(computed[-1], tensors):
        return _FINE_QUOTIENT
    return _of_another_scale(model, operator)


def _is_of_fine_steps(output: Tensor, inputs: list[Tensor]) -> bool:
    shift = _SHIFT.get(output.type)
    scales = _scales((output, *inputs))
    if shift is None or len(scales) != 3:
        return False
    result, *operands = scales
    return 2 * max(operands) >= result * (1 << shift)


def _is_of_fine_quotient(output: Tensor, inputs: list[Tensor]) -> bool:
    """A dividend of 9 bits is moved up by 23 or more, its quotient down by as many less its own shift: not below 0."""
    scales = _scales((output, *inputs))
    return output.type is TensorType.INT8 and len(scales) == 3 and scales[1] >= scales[0] * scales[2] * 2**23


def _scales(tensors: Iterable[Tensor]) -> tuple[float, ...]:
    """Of those that have one each."""
    found = [tensor.quantization.scale for tensor in tensors if tensor.quantization is not None]
    return tuple(scale for (scale,) in (each for each in found if len(each) == 1))


def _pads_int8(paddings: Tensor, output: Tensor) -> bool:
    """Of float32, and where the zero point is 0, an arena of zeros holds what is right."""
    zero_points = output.quantization.zero_point if output.quantization else ()
    return output.type is TensorType.INT8 and any(paddings.data or b"") and any(zero_points)


def _is_int4_by_channel(weights: Tensor) -> bool:
    return weights.type is TensorType.INT4 and weights.quantization is not None and len(weights.quantization.scale) > 1


def _of_another_scale(model: Model, operator: Operator) -> tuple[str, str] | None:
    if operator.opcode not in _FIXED or not operator.outputs:
        return None
    output = model.tensors[operator.outputs[0]]
    scale, zero_point = _FIXED[operator.opcode]
    has = output.quantization
    if output.type is not TensorType.INT8 or has is None or len(has.scale) != 1 or len(has.zero_point) != 1:
        return None
    if has.zero_point[0] == zero_point and scale in (None, has.scale[0]):
        return None
    wanted = f"{zero_point}" if scale is None else f"{zero_point} and scale {scale:g}"
    found = f"has zero point {has.zero_point[0]} and scale {has.scale[0]:g} in its output, not zero point {wanted}"
    return "convert the model again: TensorFlow Lite's converter writes no other", found
