"""What a network is, as the TFLite schema says it. Imports nothing of ours."""

from .model import Model, Operator, Quantization, Tensor, TensorType
from .options import (
    Activation,
    AddOptions,
    Conv2DOptions,
    DepthwiseConv2DOptions,
    FullyConnectedOptions,
    Options,
    Padding,
    Pool2DOptions,
    ReshapeOptions,
    SoftmaxOptions,
)

__all__ = [
    "Activation",
    "AddOptions",
    "Conv2DOptions",
    "DepthwiseConv2DOptions",
    "FullyConnectedOptions",
    "Model",
    "Operator",
    "Options",
    "Padding",
    "Pool2DOptions",
    "Quantization",
    "ReshapeOptions",
    "SoftmaxOptions",
    "Tensor",
    "TensorType",
]
