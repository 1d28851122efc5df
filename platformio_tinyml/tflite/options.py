"""Builtin options of an operator: the schema's table -> the dataclass of the same name in model/."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from enum import Enum
from functools import partial
from typing import Any, TypeVar

from ..model import (
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
    SoftmaxOptions,
    SqueezeOptions,
    StridedSliceOptions,
    SvdfOptions,
    TensorType,
    TransposeConvOptions,
    UnidirectionalSequenceLstmOptions,
    VarHandleOptions,
    WhileOptions,
)
from .accessors import load_accessor
from .checked import MAX_RANK, Damaged, Meter, checked

_Choice = TypeVar("_Choice", bound=Enum)


def read_options(operator: Any, meter: Meter) -> Options | None:
    """The options of an `Operator` accessor; None where it has none, or none of `_READERS`."""
    kind = _OPTIONS_NAMES.get(operator.BuiltinOptionsType())
    table = operator.BuiltinOptions() if kind else None
    if kind is None or table is None:
        return None
    if table.Pos >= len(table.Bytes):
        raise Damaged("its options lie outside the file")
    options = load_accessor(kind)()
    options.Init(table.Bytes, table.Pos)
    return _READERS[kind](checked(options, meter))


def _choice(kind: type[_Choice], code: int) -> _Choice:
    """The member of an enum of the schema. Raises Damaged for a code that it does not have."""
    try:
        return kind(code)
    except ValueError:
        raise Damaged(f"{kind.__name__} has no value {code}") from None


def _conv_2d(options: Any) -> Conv2DOptions:
    return Conv2DOptions(
        padding=_choice(Padding, options.Padding()),
        stride_h=options.StrideH(),
        stride_w=options.StrideW(),
        dilation_h=options.DilationHFactor(),
        dilation_w=options.DilationWFactor(),
        activation=_activation(options),
        narrow_sums=_has_narrow_sums(options),
    )


def _depthwise_conv_2d(options: Any) -> DepthwiseConv2DOptions:
    return DepthwiseConv2DOptions(
        padding=_choice(Padding, options.Padding()),
        stride_h=options.StrideH(),
        stride_w=options.StrideW(),
        dilation_h=options.DilationHFactor(),
        dilation_w=options.DilationWFactor(),
        depth_multiplier=options.DepthMultiplier(),
        activation=_activation(options),
    )


def _fully_connected(options: Any) -> FullyConnectedOptions:
    return FullyConnectedOptions(
        activation=_activation(options),
        weights_format=options.WeightsFormat(),
        keep_num_dims=options.KeepNumDims(),
        narrow_sums=_has_narrow_sums(options),
    )


def _has_narrow_sums(options: Any) -> bool:
    """Matters to int16 without a bias alone."""
    return bool(options.QuantizedBiasType() == TensorType.INT32.code)


def _pool_2d(options: Any) -> Pool2DOptions:
    return Pool2DOptions(
        padding=_choice(Padding, options.Padding()),
        stride_h=options.StrideH(),
        stride_w=options.StrideW(),
        filter_h=options.FilterHeight(),
        filter_w=options.FilterWidth(),
        activation=_activation(options),
    )


def _softmax(options: Any) -> SoftmaxOptions:
    return SoftmaxOptions(beta=options.Beta())


def _add(options: Any) -> AddOptions:
    return AddOptions(activation=_activation(options), pot_scale_int16=options.PotScaleInt16())


def _reshape(options: Any) -> ReshapeOptions:
    new_shape = options.NewShapeAsNumpy() or ()
    if len(new_shape) > MAX_RANK:
        raise Damaged(f"a new shape of {len(new_shape)} dimensions")
    return ReshapeOptions(new_shape)


def _squeeze(options: Any) -> SqueezeOptions:
    dims = options.SqueezeDimsAsNumpy() or ()
    if len(dims) > MAX_RANK:
        raise Damaged(f"{len(dims)} dimensions to squeeze")
    return SqueezeOptions(dims)


def _var_handle(options: Any) -> VarHandleOptions:
    return VarHandleOptions(*((name or b"").decode("latin-1") for name in (options.Container(), options.SharedName())))


def _activation(options: Any) -> Activation:
    return _choice(Activation, options.FusedActivationFunction())


_SCHEMA_NAMES = {"activation": "FusedActivationFunction"}
"""Of fields that are called otherwise in model/; the others are the schema's in CamelCase."""


def _plain(kind: type[Options], options: Any) -> Options:
    """Options whose fields are numbers, flags, paddings and activations."""
    values: dict[str, Any] = {}
    for field in fields(kind):
        camel = "".join(word.capitalize() for word in field.name.split("_"))
        value = getattr(options, _SCHEMA_NAMES.get(field.name, camel))()
        choice = {"activation": Activation, "padding": Padding}.get(field.name)
        values[field.name] = _choice(choice, value) if choice else value
    return kind(**values)


_PLAIN: dict[str, type[Options]] = {
    "BatchMatMulOptions": BatchMatMulOptions,
    "CallOnceOptions": CallOnceOptions,
    "ConcatenationOptions": ConcatenationOptions,
    "CumsumOptions": CumsumOptions,
    "DepthToSpaceOptions": BlockOptions,
    "DivOptions": ArithmeticOptions,
    "GatherOptions": GatherOptions,
    "GeluOptions": GeluOptions,
    "IfOptions": IfOptions,
    "L2NormOptions": ArithmeticOptions,
    "LeakyReluOptions": LeakyReluOptions,
    "MirrorPadOptions": MirrorPadOptions,
    "MulOptions": ArithmeticOptions,
    "PackOptions": AxisOptions,
    "ReducerOptions": ReducerOptions,
    "ResizeBilinearOptions": ResizeOptions,
    "ResizeNearestNeighborOptions": ResizeOptions,
    "SVDFOptions": SvdfOptions,
    "SpaceToDepthOptions": BlockOptions,
    "StridedSliceOptions": StridedSliceOptions,
    "SubOptions": ArithmeticOptions,
    "TransposeConvOptions": TransposeConvOptions,
    "UnidirectionalSequenceLSTMOptions": UnidirectionalSequenceLstmOptions,
    "UnpackOptions": AxisOptions,
    "WhileOptions": WhileOptions,
}
"""By the name of the schema's table."""

_READERS: dict[str, Callable[[Any], Options]] = {
    **{name: partial(_plain, kind) for name, kind in _PLAIN.items()},
    "Conv2DOptions": _conv_2d,
    "DepthwiseConv2DOptions": _depthwise_conv_2d,
    "FullyConnectedOptions": _fully_connected,
    "Pool2DOptions": _pool_2d,
    "SoftmaxOptions": _softmax,
    "AddOptions": _add,
    "ReshapeOptions": _reshape,
    "SqueezeOptions": _squeeze,
    "VarHandleOptions": _var_handle,
}
_OPTIONS_NAMES = {getattr(load_accessor("BuiltinOptions"), name): name for name in _READERS}
"""Name of the table by its code in the schema's union `BuiltinOptions`."""
