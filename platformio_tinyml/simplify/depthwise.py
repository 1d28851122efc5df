"""DEPTHWISE_CONV_2D: each channel of the input has outputs of its own, with which it goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..model import DepthwiseConv2DOptions, Operator
from ..operators.interval import Interval
from ..operators.rules import Instance
from .classes import Classes
from .dense import has_plain_weights
from .edit import Edit, of_channels, picked


def connect(instance: Instance, values: Mapping[int, Interval], classes: Classes) -> None:
    """The outputs of an only channel may go one by one."""
    source, output = instance.required(0), instance.output
    depth, channels = source.shape[3], output.shape[3]
    if not has_plain_weights(instance):
        classes.keep_all(source)
        classes.keep_all(output)
    if depth == 1:
        classes.keep_all(source)
        return
    for channel in range(channels):
        classes.join(source, channel // (channels // depth), output, channel)


def rebuild(instance: Instance, values: Mapping[int, Interval], edit: Edit) -> Operator:
    """Columns of the filter for the outputs that stay."""
    source, filter_, output = instance.required(0), instance.required(1), instance.output
    if not edit.loses(source, output):
        return instance.operator
    kept, channels = edit.kept(output), output.shape[3]
    stay = [tap + channel for tap in range(0, filter_.elements, channels) for channel in kept]
    new_filter = replace(
        filter_,
        shape=(*filter_.shape[:3], len(kept)),
        data=picked(filter_.data or b"", stay),
        quantization=of_channels(filter_.quantization, kept),
    )
    inputs = [instance.operator.inputs[0], edit.constant(new_filter)]
    bias = instance.input(2)
    if bias is not None:
        data, quantization = picked(bias.data or b"", kept, 4), of_channels(bias.quantization, kept)
        inputs.append(edit.constant(replace(bias, shape=(len(kept),), data=data, quantization=quantization)))
    options = replace(instance.options(DepthwiseConv2DOptions), depth_multiplier=len(kept) // len(edit.kept(source)))
    return replace(instance.operator, inputs=tuple(inputs), options=options)
