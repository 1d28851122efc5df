"""The shapes of outputs, of those of the inputs and of constants: as TensorFlow Lite resizes tensors.

TFLM believes what the file says. Converters that do not know the batch write 1 where it would be another number, as
behind SPACE_TO_BATCH_ND, and leave other sizes open that follow from it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from ..model import (
    AxisOptions,
    BatchMatMulOptions,
    BlockOptions,
    ConcatenationOptions,
    Conv2DOptions,
    DepthwiseConv2DOptions,
    FullyConnectedOptions,
    GatherOptions,
    Operator,
    Padding,
    Pool2DOptions,
    ReducerOptions,
    ReshapeOptions,
    SqueezeOptions,
    StridedSliceOptions,
    Tensor,
)
from .constants import Values, values_of

Shape = tuple[int, ...]
Shapes = list[Shape]
Rule = Callable[[Operator, Sequence[Tensor]], "Shapes | None"]


def output_shapes(operator: Operator, inputs: Sequence[Tensor]) -> Shapes | None:
    """One for each output; None where they are not known, or it is nothing that this knows. `inputs` without the
    omitted ones, none of an open shape."""
    rule = _RULES.get(operator.opcode)
    if rule is None or not inputs:
        return None
    try:
        found = rule(operator, inputs)
    except (IndexError, ValueError, ZeroDivisionError):  # the file contradicts itself: the rules will say how
        return None
    if found is None or len(found) != len(operator.outputs) or any(size < 1 for shape in found for size in shape):
        return None
    return found


def _same(operator: Operator, inputs: Sequence[Tensor]) -> Shapes | None:
    return [inputs[0].shape]


def _broadcast(operator: Operator, inputs: Sequence[Tensor]) -> Shapes | None:
    rank = max(len(tensor.shape) for tensor in inputs)
    padded = [(1,) * (rank - len(tensor.shape)) + tensor.shape for tensor in inputs]
    shape = tuple(max(sizes) for sizes in zip(*padded, strict=True))
    fits = all(size in (1, whole) for each in padded for size, whole in zip(each, shape, strict=True))
    return [shape] if fits else None


def _reshape(operator: Operator, inputs: Sequence[Tensor]) -> Shapes | None:
    options = operator.options
    wanted: Values | None = values_of(inputs[1]) if len(inputs) > 1 else None
    if len(inputs) == 1 and isinstance(options, ReshapeOptions):
        wanted = options.new_shape
    if wanted is None or list(wanted).count(-1) > 1:
        return None
    rest = math.prod(size for size in wanted if size != -1)
    shape = tuple(inputs[0].elements // rest if size == -1 else size for size in wanted)
    return [shape] if math.prod(shape) == inputs[0].elements else None


def _squeeze(operator: Operator, inputs: Sequence[Tensor]) -> Shapes | None:
    options, shape = operator.options, inputs[0].shape
    dims = options.squeeze_dims if isinstance(options, SqueezeOptions) else ()
    gone = {_axis(axis, len(shape)) for axis in dims} or {axis for axis, size in enumerate(shape) if size == 1}
    if any(shape[axis] != 1 for axis in gone):
        return None
    return [tuple(size for axis, size in enumerate(shape) if axis not in gone)]


def _expand_dims(operator: Operator, inputs: Sequence[Tensor]) -> Shapes | None:
    axes = values_of(inputs[1])
    if axes is None or len(axes) != 1:
        return None
    shape, axis = list(inputs[0].shape), _axis(axes[0], len(inputs[0].shape) + 1)
    return [(*shape[:axis], 1, *shape[axis:])]


def _transpose(operator: Operator, inputs: Sequence[Tensor]) -> Shapes | None:
    order, shape = values_of(inputs[1]), inputs[0].shape
    if order is None or sorted(order) != list(range(len(shape))):
        return None
    return [tuple(shape[axis] for axis in order)]


def _concatenation(operator: Operator, inputs: Sequence[Tensor]) -> Shapes | None:
    if not isinstance(operator.options, ConcatenationOptions):
        return None
    axis = _axis(operator.options.axis, len(inputs[0].shape))
    shapes = [list(tensor.shape) for tensor in inputs]
    whole = sum(shape[axis] for shape in shapes)
    others = {(*shape[:axis], *shape[axis + 1 :]) for shape in shapes}
    return [(*shapes[0][:axis], whole, *shapes[0][axis + 1 :])] if len(others) == 1 else None


def _pack(operator: Operator, inputs: Sequence[Tensor]) -> Shapes | None:
    if not isinstance(operator.options, AxisOptions) or len({tensor.shape for tensor in inputs}) != 1:
        return None
    shape = inputs[0].shape
    axis = _axis(operator.options.axis, len(shape) + 1)
    return [(*shape[:axis], len(inputs), *shape[axis:])]


def _unpack(operator: Operator, inputs: Sequence[Tensor]) -> Shapes | None:
    if not isinstance(operator.options, AxisOptions):
        return None
    shape = inputs[0].shape
    axis = _axis(operator.options.axis, len(shape))
    if shape[axis] != len(operator.outputs):
        return None
    return [(*shape[:axis], *shape[axis + 1 :])] * shape[axis]


def _split(operator: Operator, inputs: Sequence[Tensor]) -> Shapes | None:
    axes, shape, count = values_of(inputs[0]), inputs[1].shape, len(operator.outputs)
    if axes is None or len(axes) != 1:
        return None
    axis = _axis(axes[0], len(shape))
    whole = shape[axis] % count == 0
    return [(*shape[:axis], shape[axis] // count, *shape[axis + 1 :])] * count if whole else None


def _split_v(operator: Operator, inputs: Sequence[Tensor]) -> Shapes | None:
    shape, sizes, axes = inputs[0].shape, values_of(inputs[1]), values_of(inputs[2])
    if sizes is None or axes is None or len(axes) != 1 or list(sizes).count(-1) > 1:
        return None
    axis, known = _axis(axes[0], len(shape)), sum(size for size in sizes if size != -1)
    parts = [shape[axis] - known if size == -1 else size for size in sizes]
    return [(*shape[:axis], size, *shape[axis + 1 :]) for size in parts] if sum(parts) == shape[axis] else None


def _arg(operator: Operator, inputs: Sequence[Tensor]) -> Shapes | None:
    axes, shape = values_of(inputs[1]), inputs[0].shape
    if axes is None or len(axes) != 1:
        return None
    axis = _axis(axes[0], len(shape))
    return [(*shape[:axis], *shape[axis + 1 :])]


def _slice(operator: Operator, inputs: Sequence[Tensor]) -> Shapes | None:
    begin, sizes, shape = values_of(inputs[1]), values_of(inputs[2]), inputs[0].shape
    if begin is None or sizes is None:
        return None
    ends = zip(shape, begin, sizes, strict=True)
    return [tuple(whole - first if size == -1 else size for whole, first, size in ends)]


def _strided_slice(operator: Operator, inputs: Sequence[Tensor]) -> Shapes | None:
    options, given = operator.options, [values_of(tensor) for tensor in inputs[1:]]
    if not isinstance(options, StridedSliceOptions) or len(given) != 3:
        return None
    if options.ellipsis_mask or options.new_axis_mask or options.offset:
        return None
    known = [each for each in given if each is not None]
    if len(known) != 3:
        return None
    shape = []
    for axis, (size, begin, end, stride) in enumerate(zip(inputs[0].shape, *known, strict=True)):
        first = None if options.begin_mask >> axis & 1 else begin
        last = None if options.end_mask >> axis & 1 else end
        if not options.shrink_axis_mask >> axis & 1:
            shape.append(len(range(*slice(first, last, stride).indices(size))))
    return [tuple(shape)]


def _gather(operator: Operator, inputs: Sequence[Tensor]) -> Shapes | None:
    if not isinstance(operator.options, GatherOptions) or operator.options.batch_dims:
        return None
    shape = inputs[0].shape
    axis = _axis(operator.options.axis, len(shape))
    return [(*shape[:axis], *inputs[1].shape, *shape[axis + 1 :])]


def _tile(operator: Operator, inputs: Sequence[Tensor]) -> Shapes | None:
    multiples = values_of(inputs[1])
    if multiples is None:
        return None
    return [tuple(size * times for size, times in zip(inputs[0].shape, multiples, strict=True))]


def _pad(operator: Operator, inputs: Sequence[Tensor]) -> Shapes | None:
    amounts = values_of(inputs[1])
    if amounts is None:
        return None
    sizes = zip(inputs[0].shape, amounts[::2], amounts[1::2], strict=True)
    return [tuple(map(sum, sizes))]


def _reduction(operator: Operator, inputs: Sequence[Tensor]) -> Shapes | None:
    axes, shape = values_of(inputs[1]), inputs[0].shape
    if axes is None or not isinstance(operator.options, ReducerOptions):
        return None
    gone = {_axis(axis, len(shape)) for axis in axes}
    one = (1,) if operator.options.keep_dims else ()
    return [tuple(size for axis, whole in enumerate(shape) for size in (one if axis in gone else (whole,)))]


def _window(operator: Operator, inputs: Sequence[Tensor]) -> Shapes | None:
    options, (batches, height, width, depth) = operator.options, inputs[0].shape
    dilations = (1, 1)
    if isinstance(options, Pool2DOptions):
        taps = (options.filter_h, options.filter_w)
    elif isinstance(options, Conv2DOptions | DepthwiseConv2DOptions):
        filter_ = inputs[1].shape
        taps, dilations = (filter_[1], filter_[2]), (options.dilation_h, options.dilation_w)
        depth = filter_[0] if isinstance(options, Conv2DOptions) else filter_[3]
    else:
        return None
    strides, sizes = (options.stride_h, options.stride_w), []
    for size, count, dilation, stride in zip((height, width), taps, dilations, strides, strict=True):
        lost = 0 if options.padding is Padding.SAME else (count - 1) * dilation
        sizes.append(-((lost - size) // stride))
    return [(batches, *sizes, depth)]


def _dense(operator: Operator, inputs: Sequence[Tensor]) -> Shapes | None:
    options, shape, (units, depth) = operator.options, inputs[0].shape, inputs[1].shape
    if not isinstance(options, FullyConnectedOptions) or inputs[0].elements % depth:
        return None
    return [(*shape[:-1], units) if options.keep_num_dims else (inputs[0].elements // depth, units)]


def _batch_matmul(operator: Operator, inputs: Sequence[Tensor]) -> Shapes | None:
    options = operator.options
    if not isinstance(options, BatchMatMulOptions):
        return None
    one, two = (tensor.shape for tensor in inputs)
    if one[:-2] != two[:-2]:
        return None
    rows, columns = one[-1 if options.adj_x else -2], two[-2 if options.adj_y else -1]
    return [(*one[:-2], rows, columns)]


def _resize(operator: Operator, inputs: Sequence[Tensor]) -> Shapes | None:
    size, (batches, _, _, depth) = values_of(inputs[1]), inputs[0].shape
    return None if size is None else [(batches, *size, depth)]


def _stated(position: int) -> Rule:
    def rule(operator: Operator, inputs: Sequence[Tensor]) -> Shapes | None:
        shape = values_of(inputs[position])
        return None if shape is None else [tuple(shape)]

    return rule


def _to_batch(operator: Operator, inputs: Sequence[Tensor]) -> Shapes | None:
    shape, block, amounts = inputs[0].shape, values_of(inputs[1]), values_of(inputs[2])
    if block is None or amounts is None:
        return None
    middle = zip(shape[1 : 1 + len(block)], amounts[::2], amounts[1::2], block, strict=True)
    sizes = ((size + before + after) // times for size, before, after, times in middle)
    return [(shape[0] * math.prod(block), *sizes, *shape[1 + len(block) :])]


def _from_batch(operator: Operator, inputs: Sequence[Tensor]) -> Shapes | None:
    shape, block, amounts = inputs[0].shape, values_of(inputs[1]), values_of(inputs[2])
    if block is None or amounts is None:
        return None
    middle = zip(shape[1 : 1 + len(block)], amounts[::2], amounts[1::2], block, strict=True)
    sizes = (size * times - before - after for size, before, after, times in middle)
    return [(shape[0] // math.prod(block), *sizes, *shape[1 + len(block) :])]


def _depth(*, to_depth: bool) -> Rule:
    def rule(operator: Operator, inputs: Sequence[Tensor]) -> Shapes | None:
        if not isinstance(operator.options, BlockOptions):
            return None
        (batches, height, width, depth), block = inputs[0].shape, operator.options.block_size
        if to_depth:
            return [(batches, height // block, width // block, depth * block * block)]
        return [(batches, height * block, width * block, depth // (block * block))]

    return rule


def _axis(axis: int, rank: int) -> int:
    """From 0 on."""
    if not -rank <= axis < rank:
        raise ValueError(f"axis {axis} of {rank}")
    return axis % rank


_ELEMENTWISE = """
    ABS CAST CEIL COS CUMSUM DEQUANTIZE ELU EXP FLOOR GELU HARD_SWISH L2_NORMALIZATION LEAKY_RELU LOG LOGICAL_NOT
    LOGISTIC LOG_SOFTMAX NEG QUANTIZE RELU RELU6 RELU_N1_TO_1 REVERSE_V2 ROUND RSQRT SIN SOFTMAX SQRT SQUARE TANH
    ZEROS_LIKE
"""
_OF_TWO = """
    ADD ADD_N DIV EQUAL FLOOR_DIV FLOOR_MOD GREATER GREATER_EQUAL LESS LESS_EQUAL LOGICAL_AND LOGICAL_OR MAXIMUM MINIMUM
    MUL NOT_EQUAL PRELU SELECT_V2 SQUARED_DIFFERENCE SUB
"""
_RULES: dict[str, Rule] = {
    **dict.fromkeys(_ELEMENTWISE.split(), _same),
    **dict.fromkeys(_OF_TWO.split(), _broadcast),
    **dict.fromkeys(("MEAN", "REDUCE_ALL", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_PROD", "SUM"), _reduction),
    **dict.fromkeys(("AVERAGE_POOL_2D", "CONV_2D", "DEPTHWISE_CONV_2D", "L2_POOL_2D", "MAX_POOL_2D"), _window),
    **dict.fromkeys(("MIRROR_PAD", "PAD", "PADV2"), _pad),
    **dict.fromkeys(("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR"), _resize),
    "ARG_MAX": _arg,
    "ARG_MIN": _arg,
    "BATCH_MATMUL": _batch_matmul,
    "BATCH_TO_SPACE_ND": _from_batch,
    "BROADCAST_TO": _stated(1),
    "CONCATENATION": _concatenation,
    "DEPTH_TO_SPACE": _depth(to_depth=False),
    "EXPAND_DIMS": _expand_dims,
    "FILL": _stated(0),
    "FULLY_CONNECTED": _dense,
    "GATHER": _gather,
    "PACK": _pack,
    "RESHAPE": _reshape,
    "SLICE": _slice,
    "SPACE_TO_BATCH_ND": _to_batch,
    "SPACE_TO_DEPTH": _depth(to_depth=True),
    "SPLIT": _split,
    "SPLIT_V": _split_v,
    "SQUEEZE": _squeeze,
    "STRIDED_SLICE": _strided_slice,
    "TILE": _tile,
    "TRANSPOSE": _transpose,
    "TRANSPOSE_CONV": _stated(0),
    "UNPACK": _unpack,
}
