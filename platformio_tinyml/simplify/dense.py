"""CONV_2D and FULLY_CONNECTED: channels of the input end here, their constants fold into the bias."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import reduce
from operator import mul, or_

from ..model import Operator, Quantization, Tensor, TensorType
from ..operators import spatial
from ..operators.common import scale_of, zero_point_of
from ..operators.interval import Interval, channels_of
from ..operators.rules import Instance
from .classes import Classes
from .edit import Edit, of_channels, picked


def connect(instance: Instance, values: Mapping[int, Interval], classes: Classes) -> None:
    """An input channel may go if it has one value, on padding too, or if all its weights are 0."""
    source, filter_ = instance.required(0), instance.required(1)
    known = values.get(source.index)
    if known is None or not _is_simple(instance):
        classes.keep_all(source)
        classes.keep_all(instance.output)
        return
    zero_point, weights = zero_point_of(source), _any_weight(instance)
    is_padded = len(filter_.shape) == 4 and spatial.is_padded(instance)
    for channel in range(channels_of(source)):
        value = known.low[channel]
        folds = known.constant(channel) and (value == zero_point or not is_padded)
        if weights[channel] and not folds:
            classes.keep(source, channel)


def rebuild(instance: Instance, values: Mapping[int, Interval], edit: Edit) -> Operator:
    """Rows of the filter for the outputs that stay, and in them the weights of the inputs that stay."""
    source, filter_, output = instance.required(0), instance.required(1), instance.output
    if not edit.loses(source, output):
        return instance.operator
    rows, columns = edit.kept(output), edit.kept(source)
    channels, data = channels_of(source), filter_.data or b""
    size = filter_.elements // filter_.shape[0]
    taps = range(0, size, channels)
    stay = [tap + channel for tap in taps for channel in columns]
    gone = sorted({*range(channels)} - {*columns})
    distances = [values[source.index].low[channel] - zero_point_of(source) for channel in gone] * len(taps)
    drop = [tap + channel for tap in taps for channel in gone]
    parts = [data[row * size : (row + 1) * size] for row in rows]
    folded = [
        sum(map(mul, map(memoryview(part).cast("b").__getitem__, drop), distances)) if drop else 0 for part in parts
    ]
    new_filter = replace(
        filter_,
        shape=(len(rows), *filter_.shape[1:-1], len(stay) // (size // filter_.shape[-1])),
        data=b"".join(picked(part, stay) for part in parts) if drop else b"".join(parts),
        quantization=of_channels(filter_.quantization, rows),
    )
    bias = _bias(instance, edit, rows, folded)
    operator = instance.operator
    constants = (edit.constant(new_filter), *((bias,) if bias is not None else ()))
    return replace(operator, inputs=(operator.inputs[0], *constants))


def _is_simple(instance: Instance) -> bool:
    """Whether the input's channels are the filter's columns, over and over: no groups, and of the types known here."""
    source, filter_ = instance.required(0), instance.required(1)
    if not has_plain_weights(instance):
        return False
    if len(filter_.shape) == 4:
        return filter_.shape[3] == source.shape[3]
    return bool(source.shape) and filter_.shape[1] % source.shape[-1] == 0


def has_plain_weights(instance: Instance) -> bool:
    """Whether the filter is int8 and the bias int32."""
    bias = instance.input(2)
    return instance.required(1).type is TensorType.INT8 and (bias is None or bias.type is TensorType.INT32)


def _any_weight(instance: Instance) -> bytes:
    """Per channel of the input 0 if all weights that it meets are."""
    channels, data = channels_of(instance.required(0)), instance.required(1).data or b""
    pieces = (int.from_bytes(data[at : at + channels], "little") for at in range(0, len(data), channels))
    return reduce(or_, pieces).to_bytes(channels, "little")


def _bias(instance: Instance, edit: Edit, rows: Sequence[int], folded: Sequence[int]) -> int | None:
    """The tensor with what was folded, -1 or None where there is none and need not be."""
    bias = instance.input(2)
    if bias is None:
        return edit.add(_new_bias(instance, rows, folded)) if any(folded) else _left_out(instance)
    values = struct.unpack(f"<{bias.elements}i", bias.data or b"")
    data = struct.pack(f"<{len(rows)}i", *(values[row] + more for row, more in zip(rows, folded, strict=True)))
    quantization = of_channels(bias.quantization, rows)
    return edit.constant(replace(bias, shape=(len(rows),), data=data, quantization=quantization))


def _left_out(instance: Instance) -> int | None:
    """As the operator writes it: converters list the missing bias of FULLY_CONNECTED, and not that of CONV_2D."""
    return -1 if len(instance.operator.inputs) > 2 else None


def _new_bias(instance: Instance, rows: Sequence[int], folded: Sequence[int]) -> Tensor:
    source, filter_ = instance.required(0), instance.required(1)
    scales = filter_.quantization.scale if filter_.quantization else ()
    kept = [scales[row] for row in rows] if len(scales) > 1 else scales
    quantization = Quantization(tuple(scale_of(source) * scale for scale in kept), (0,) * len(kept))
    data = struct.pack(f"<{len(folded)}i", *folded)
    return Tensor(-1, f"{filter_.name}/bias", (len(folded),), TensorType.INT32, quantization, data)
