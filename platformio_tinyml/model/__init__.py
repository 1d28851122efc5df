"""What a network is, as the TFLite schema says it. Imports nothing of ours.

The values are imported when one is asked for: a build wants naming.py alone, in PlatformIO's own process.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .model import Model, Operator, Quantization, Tensor, TensorType
    from .options import (
        Activation,
        AddOptions,
        ArithmeticOptions,
        AxisOptions,
        BatchMatMulOptions,
        BlockOptions,
        CallOnceOptions,
        ConcatenationOptions,
        Conv2DOptions,
        CumsumOptions,
        DepthwiseConv2DOptions,
        FullyConnectedOptions,
        GatherOptions,
        GeluOptions,
        IfOptions,
        LeakyReluOptions,
        MirrorPadOptions,
        Options,
        Padding,
        Pool2DOptions,
        ReducerOptions,
        ReshapeOptions,
        ResizeOptions,
        SignalOptions,
        SoftmaxOptions,
        SqueezeOptions,
        StridedSliceOptions,
        SvdfOptions,
        TransposeConvOptions,
        UnidirectionalSequenceLstmOptions,
        VarHandleOptions,
        WhileOptions,
    )

__all__ = [
    "Activation",
    "AddOptions",
    "ArithmeticOptions",
    "AxisOptions",
    "BatchMatMulOptions",
    "BlockOptions",
    "CallOnceOptions",
    "ConcatenationOptions",
    "Conv2DOptions",
    "CumsumOptions",
    "DepthwiseConv2DOptions",
    "FullyConnectedOptions",
    "GatherOptions",
    "GeluOptions",
    "IfOptions",
    "LeakyReluOptions",
    "MirrorPadOptions",
    "Model",
    "Operator",
    "Options",
    "Padding",
    "Pool2DOptions",
    "Quantization",
    "ReducerOptions",
    "ReshapeOptions",
    "ResizeOptions",
    "SignalOptions",
    "SoftmaxOptions",
    "SqueezeOptions",
    "StridedSliceOptions",
    "SvdfOptions",
    "Tensor",
    "TensorType",
    "TransposeConvOptions",
    "UnidirectionalSequenceLstmOptions",
    "VarHandleOptions",
    "WhileOptions",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import model, options

    return getattr(model if hasattr(model, name) else options, name)
