"""Typed operator options: the flatbuffer fields of schema.fbs that a rule or a lowering reads."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Padding(Enum):
    """schema.fbs `Padding`."""

    SAME = 0
    VALID = 1


class Activation(Enum):
    """schema.fbs `ActivationFunctionType`."""

    NONE = 0
    RELU = 1
    RELU_N1_TO_1 = 2
    RELU6 = 3
    TANH = 4
    SIGN_BIT = 5


@dataclass(frozen=True, slots=True)
class Conv2DOptions:
    """`Conv2DOptions`; strides and dilations are (height, width). `narrow_sums`: `quantized_bias_type` is int32."""

    padding: Padding
    stride_h: int
    stride_w: int
    dilation_h: int
    dilation_w: int
    activation: Activation
    narrow_sums: bool = False


@dataclass(frozen=True, slots=True)
class DepthwiseConv2DOptions:
    """`DepthwiseConv2DOptions`."""

    padding: Padding
    stride_h: int
    stride_w: int
    dilation_h: int
    dilation_w: int
    depth_multiplier: int
    activation: Activation


@dataclass(frozen=True, slots=True)
class FullyConnectedOptions:
    """`FullyConnectedOptions`; `weights_format` 0 is the default layout (rows are output channels). `narrow_sums`:
    `quantized_bias_type` is int32."""

    activation: Activation
    weights_format: int
    keep_num_dims: bool
    narrow_sums: bool = False


@dataclass(frozen=True, slots=True)
class Pool2DOptions:
    """`Pool2DOptions` of AVERAGE_POOL_2D, MAX_POOL_2D and L2_POOL_2D."""

    padding: Padding
    stride_h: int
    stride_w: int
    filter_h: int
    filter_w: int
    activation: Activation


@dataclass(frozen=True, slots=True)
class SoftmaxOptions:
    """`SoftmaxOptions`."""

    beta: float


@dataclass(frozen=True, slots=True)
class AddOptions:
    """`AddOptions`; `pot_scale_int16` only matters to int16."""

    activation: Activation
    pot_scale_int16: bool


@dataclass(frozen=True, slots=True)
class ReshapeOptions:
    """`ReshapeOptions`; empty where the new shape is an input."""

    new_shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SqueezeOptions:
    """`SqueezeOptions`; empty where every dimension of 1 goes."""

    squeeze_dims: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ArithmeticOptions:
    """`SubOptions`, `MulOptions`, `DivOptions`, `L2NormOptions`: the fused activation is all that is read."""

    activation: Activation


@dataclass(frozen=True, slots=True)
class ReducerOptions:
    """`ReducerOptions`."""

    keep_dims: bool


@dataclass(frozen=True, slots=True)
class ConcatenationOptions:
    """`ConcatenationOptions`; a negative axis counts from the last dimension."""

    axis: int
    activation: Activation


@dataclass(frozen=True, slots=True)
class LeakyReluOptions:
    """`LeakyReluOptions`: the factor of negative values."""

    alpha: float


@dataclass(frozen=True, slots=True)
class GeluOptions:
    """`GeluOptions`: whether by a hyperbolic tangent."""

    approximate: bool


@dataclass(frozen=True, slots=True)
class StridedSliceOptions:
    """`StridedSliceOptions`: masks with one bit per dimension."""

    begin_mask: int
    end_mask: int
    ellipsis_mask: int
    new_axis_mask: int
    shrink_axis_mask: int
    offset: bool


@dataclass(frozen=True, slots=True)
class AxisOptions:
    """`PackOptions`, `UnpackOptions`: the axis is all that is read."""

    axis: int


@dataclass(frozen=True, slots=True)
class GatherOptions:
    """`GatherOptions`."""

    axis: int
    batch_dims: int


@dataclass(frozen=True, slots=True)
class ResizeOptions:
    """`ResizeBilinearOptions`, `ResizeNearestNeighborOptions`."""

    align_corners: bool
    half_pixel_centers: bool


@dataclass(frozen=True, slots=True)
class BlockOptions:
    """`SpaceToDepthOptions`, `DepthToSpaceOptions`."""

    block_size: int


@dataclass(frozen=True, slots=True)
class MirrorPadOptions:
    """`MirrorPadOptions`; mode 0 is REFLECT, 1 SYMMETRIC."""

    mode: int


@dataclass(frozen=True, slots=True)
class CumsumOptions:
    """`CumsumOptions`."""

    exclusive: bool
    reverse: bool


@dataclass(frozen=True, slots=True)
class TransposeConvOptions:
    """`TransposeConvOptions`."""

    padding: Padding
    stride_h: int
    stride_w: int
    activation: Activation


@dataclass(frozen=True, slots=True)
class BatchMatMulOptions:
    """`BatchMatMulOptions`."""

    adj_x: bool
    adj_y: bool


@dataclass(frozen=True, slots=True)
class VarHandleOptions:
    """`VarHandleOptions`: what a resource variable is called."""

    container: str
    shared_name: str


@dataclass(frozen=True, slots=True)
class CallOnceOptions:
    """`CallOnceOptions`: the subgraph that is run before the first invoke."""

    init_subgraph_index: int


@dataclass(frozen=True, slots=True)
class IfOptions:
    """`IfOptions`: the subgraph for a condition that holds, and for one that does not."""

    then_subgraph_index: int
    else_subgraph_index: int


@dataclass(frozen=True, slots=True)
class WhileOptions:
    """`WhileOptions`: the subgraph that computes the condition, and the one that is run while it holds."""

    cond_subgraph_index: int
    body_subgraph_index: int


@dataclass(frozen=True, slots=True)
class SvdfOptions:
    """`SVDFOptions`."""

    rank: int
    activation: Activation


@dataclass(frozen=True, slots=True)
class UnidirectionalSequenceLstmOptions:
    """`UnidirectionalSequenceLSTMOptions`: a clip of 0 is none."""

    activation: Activation
    cell_clip: float
    proj_clip: float
    time_major: bool


@dataclass(frozen=True, slots=True)
class SignalOptions:
    """Options of a custom operator of TFLM's signal library: names with whole numbers."""

    values: tuple[tuple[str, int], ...]

    def get(self, name: str) -> int | None:
        """None where there is no such option."""
        return dict(self.values).get(name)


Options = (
    Conv2DOptions
    | DepthwiseConv2DOptions
    | FullyConnectedOptions
    | Pool2DOptions
    | SoftmaxOptions
    | AddOptions
    | ReshapeOptions
    | SqueezeOptions
    | ArithmeticOptions
    | ReducerOptions
    | ConcatenationOptions
    | LeakyReluOptions
    | GeluOptions
    | StridedSliceOptions
    | AxisOptions
    | GatherOptions
    | ResizeOptions
    | BlockOptions
    | MirrorPadOptions
    | CumsumOptions
    | TransposeConvOptions
    | BatchMatMulOptions
    | VarHandleOptions
    | CallOnceOptions
    | IfOptions
    | WhileOptions
    | SignalOptions
    | SvdfOptions
    | UnidirectionalSequenceLstmOptions
)
