"""Scratch that CMSIS-NN and esp-nn ask for in convolutions: the largest of any version up to August 2026.

Sources: arm_*_get_buffer_size, esp_nn_get_*_scratch_size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..model import Conv2DOptions, DepthwiseConv2DOptions, Model, Operator, Padding
from .kernel_sets import Kernels
from .operands import image_shape, no_options, output_of, tensor_of


@dataclass(frozen=True, slots=True)
class _Window:
    """The sizes that the scratch of a convolution depends on. Padding is that before the first row and column."""

    input_h: int
    input_w: int
    input_c: int
    filter_h: int
    filter_w: int
    output_h: int
    output_w: int
    output_c: int
    stride_h: int
    stride_w: int
    dilation: int
    batches: int
    pad_h: int
    pad_w: int

    @property
    def trailing(self) -> tuple[int, int]:
        """(rows, columns) that the last windows reach beyond the input, as esp-nn counts them."""
        return (
            max(0, self.output_h * self.stride_h + self.filter_h - 1 - self.input_h),
            max(0, self.output_w * self.stride_w + self.filter_w - 1 - self.input_w),
        )

    def pixels(self, rows: int, columns: int) -> int:
        """Pixels of the input with that much more on it."""
        return (self.input_h + rows) * (self.input_w + columns)


def _window(model: Model, operator: Operator) -> _Window:
    options = operator.options
    source, weights, target = (
        image_shape(tensor)
        for tensor in (
            tensor_of(model, operator.input(0)),
            tensor_of(model, operator.input(1)),
            output_of(model, operator),
        )
    )
    if not isinstance(options, Conv2DOptions | DepthwiseConv2DOptions):
        raise no_options(operator)
    same = options.padding is Padding.SAME
    pads = [
        max(0, ((size_out - 1) * stride + (size - 1) * dilation + 1 - size_in) // 2) if same else 0
        for size_in, size, size_out, stride, dilation in (
            (source[1], weights[1], target[1], options.stride_h, options.dilation_h),
            (source[2], weights[2], target[2], options.stride_w, options.dilation_w),
        )
    ]
    return _Window(
        *source[1:],
        *weights[1:3],
        *target[1:],
        stride_h=options.stride_h,
        stride_w=options.stride_w,
        dilation=max(options.dilation_h, options.dilation_w),
        batches=source[0],
        pad_h=pads[0],
        pad_w=pads[1],
    )


def _up(size: int, multiple: int) -> int:
    return -(-size // multiple) * multiple


def _cmsis_conv(window: _Window) -> int:
    pixel = window.filter_h * window.filter_w * window.input_c
    return 4 * window.input_c if _is_1x1(window) and window.dilation == 1 else 4 * _up(pixel, 4)


def _cmsis_mve_conv(window: _Window) -> int:
    row = window.filter_w * window.input_c
    one_row = row + window.input_c * (window.pad_w + window.output_w)
    return max(4 * _up(window.filter_h * row, 16), one_row, _cmsis_conv(window))


def _is_1x1(window: _Window) -> bool:
    return window.filter_h == window.filter_w == 1 and window.pad_h == window.pad_w == 0


def _cmsis_depthwise(window: _Window) -> int:
    is_3x3 = window.filter_h == window.filter_w == 3 and window.pad_h <= 1 and window.pad_w <= 1
    if window.input_c != window.output_c or window.batches != 1 or window.dilation != 1 or is_3x3:
        return 0
    return 2 * window.input_c * window.filter_h * window.filter_w


def _cmsis_mve_depthwise(window: _Window) -> int:
    size = 0
    if window.input_c == window.output_c and window.batches == window.dilation == 1:
        size = 4 * 124 * window.filter_h * window.filter_w  # CH_IN_BLOCK_MVE of arm_nnsupportfunctions.h
    if window.input_c == 1:  # run as a convolution
        size = max(size, _cmsis_mve_conv(window) + window.output_c * window.filter_h * window.filter_w)
    return size


def _esp_s3_conv(window: _Window) -> int:
    channels = window.input_c
    if _is_1x1(window) and window.stride_h == window.stride_w == 1:
        wide = _up(channels, 8)
        return (window.pixels(0, 0) * wide if channels % 8 else 0) + wide * (window.output_c + 16) + 64
    size = (window.filter_h * window.filter_w * _up(channels, 16) + 4) * window.output_c + 64
    if window.pad_h or window.pad_w:
        size += window.pixels(2 * window.pad_h, 2 * window.pad_w) * channels
    row, pixel = window.filter_w * channels, window.filter_h * window.filter_w * channels
    if row < 16 <= pixel:  # since 1.2.3 one window at a time
        return max(size, _up(pixel, 16) * (window.output_c + 1) + 4 * window.output_c + 96)
    # Since 1.2.3 also aligned filter rows, and an input that goes on to the end of the last window.
    extended = window.pixels(*window.trailing) * channels if any(window.trailing) else 0
    return size + _up(row, 16) * window.filter_h * window.output_c + extended


def _esp_s3_depthwise(window: _Window) -> int:
    channels, weights = window.input_c, window.filter_h * window.filter_w * window.output_c
    pixels, outputs = window.pixels(0, 0), window.output_h * window.output_w
    as_int16 = 2 * (weights + max(pixels, window.input_w * window.filter_h) * channels) + 32
    if channels != window.output_c:
        return as_int16
    if channels % 8:
        return _up(channels, 8) * (2 * (window.filter_h * window.filter_w + pixels) + outputs + 12) + 64
    if not window.filter_h == window.filter_w == 3 or channels == 8:
        return as_int16
    rows, columns = window.trailing
    if channels % 16 == 0:
        if window.pad_h or window.pad_w:
            rows, columns = 2 * window.pad_h, 2 * window.pad_w
        return weights + window.pixels(rows, columns) * channels + 16
    padded = window.pixels(rows + 2 * window.pad_h, columns + 2 * window.pad_w)
    return max(as_int16, _up(channels, 16) * (9 + padded + outputs) + 64)


_CONV_SCRATCH: dict[Kernels, Callable[[_Window], int]] = {
    Kernels.CMSIS_NN: _cmsis_conv,
    Kernels.CMSIS_NN_MVE: _cmsis_mve_conv,
    Kernels.ESP_NN_S3: _esp_s3_conv,
}
_DEPTHWISE_SCRATCH: dict[Kernels, Callable[[_Window], int]] = {
    Kernels.CMSIS_NN: _cmsis_depthwise,
    Kernels.CMSIS_NN_MVE: _cmsis_mve_depthwise,
    Kernels.ESP_NN_S3: _esp_s3_depthwise,
}


def conv_scratch(model: Model, operator: Operator, kernels: Kernels) -> tuple[int, ...]:
    """Bytes of the scratch buffer, if there is one, of a CONV_2D."""
    return _scratch(_CONV_SCRATCH, kernels, _window(model, operator))


def depthwise_scratch(model: Model, operator: Operator, kernels: Kernels) -> tuple[int, ...]:
    """The same of a DEPTHWISE_CONV_2D."""
    return _scratch(_DEPTHWISE_SCRATCH, kernels, _window(model, operator))


def _scratch(table: dict[Kernels, Callable[[_Window], int]], kernels: Kernels, window: _Window) -> tuple[int, ...]:
    size = table[kernels](window) if kernels in table else 0
    return (size,) if size else ()
