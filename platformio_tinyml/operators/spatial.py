"""What operators that slide a window over NHWC tensors share."""

from __future__ import annotations

from ..model import Conv2DOptions, DepthwiseConv2DOptions, Pool2DOptions
from .rules import CONVERT_AGAIN, REPLACE, Instance, quoted, rule
from .window import Axis

LARGEST_SPAN = 32767
"""Elements: params hold strides, dilations and padding as int16_t."""


@rule(CONVERT_AGAIN)
def four_dimensions(instance: Instance) -> str | None:
    """Input and output have four dimensions, and so does a filter."""
    for tensor in (*instance.inputs[:2], instance.output):
        if len(tensor.shape) != 4:
            return f"{quoted(tensor)} has {len(tensor.shape)}"
    return None


@rule(REPLACE)
def small_window(instance: Instance) -> str | None:
    """Strides and dilations are 1 to 32,767, and the window spans at most as many elements."""
    for axis in axes(instance):
        if not (1 <= axis.stride <= LARGEST_SPAN and 1 <= axis.dilation <= LARGEST_SPAN):
            return f"stride {axis.stride}, dilation {axis.dilation}"
        if axis.taps < 1 or not 1 <= axis.span <= LARGEST_SPAN:
            return f"{axis.taps} taps, dilation {axis.dilation}"
    return None


@rule(CONVERT_AGAIN)
def matching_output_size(instance: Instance) -> str | None:
    """Batches of input and output are equal, and the output's height and width follow from padding and strides."""
    height, width = axes(instance)
    expected = (instance.required(0).shape[0], height.output_size, width.output_size)
    shape = instance.output.shape
    return f"{list(shape)} where {[*expected, shape[3]]} follows" if shape[:3] != expected else None


def axes(instance: Instance) -> tuple[Axis, Axis]:
    """Height and width. For pools and convolutions; the filter's size is in the options of the former."""
    options = instance.operator.options
    _, height, width, _ = instance.required(0).shape
    if isinstance(options, Pool2DOptions):
        taps_h, taps_w, dilation_h, dilation_w = options.filter_h, options.filter_w, 1, 1
    elif isinstance(options, Conv2DOptions | DepthwiseConv2DOptions):
        _, taps_h, taps_w, _ = instance.required(1).shape
        dilation_h, dilation_w = options.dilation_h, options.dilation_w
    else:
        raise LookupError(f"options of operator {instance.operator.index}")
    return (
        Axis(height, taps_h, options.stride_h, dilation_h, options.padding),
        Axis(width, taps_w, options.stride_w, dilation_w, options.padding),
    )


def is_padded(instance: Instance) -> bool:
    """Whether a window reaches beyond the input."""
    return any((axis.output_size - 1) * axis.stride + axis.span > axis.size for axis in axes(instance))


def window_fields(height: Axis, width: Axis, dilations: bool) -> tuple[tuple[str, int], ...]:
    """Fields of the params struct from filter_height to pad_width."""
    return (
        ("filter_height", height.taps),
        ("filter_width", width.taps),
        ("stride_height", height.stride),
        ("stride_width", width.stride),
        *((("dilation_height", height.dilation), ("dilation_width", width.dilation)) if dilations else ()),
        ("pad_height", height.pad),
        ("pad_width", width.pad),
    )


IN_PLACE_REASON = "rows of the input die as rows of the output are written"
