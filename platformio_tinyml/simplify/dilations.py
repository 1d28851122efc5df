"""SPACE_TO_BATCH_ND, a convolution and BATCH_TO_SPACE_ND as the one dilated convolution that they are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ..model import Conv2DOptions, DepthwiseConv2DOptions, Model, Operator, Padding, ReshapeOptions, Tensor
from .constants import values_of
from .graph import listed, readers, with_operators

_VIEWS = ("EXPAND_DIMS", "RESHAPE", "SQUEEZE")
_CONVOLUTIONS = {"CONV_2D": Conv2DOptions, "DEPTHWISE_CONV_2D": DepthwiseConv2DOptions}


@dataclass(frozen=True, slots=True)
class _Chain:
    """Operators one behind the other; of a series of one dimension two views, to an image of one row and back."""

    apart: Operator
    to_image: Operator | None
    convolution: Operator
    from_image: Operator | None
    together: Operator

    @property
    def all(self) -> tuple[Operator, ...]:
        """In their order."""
        every = (self.apart, self.to_image, self.convolution, self.from_image, self.together)
        return tuple(operator for operator in every if operator)


def fold_dilations(model: Model, steps: list[str]) -> Model:
    """Where the padding of such a chain is that of a convolution: as TensorFlow Lite pads, with the zero point."""
    read, tensors = readers(model), list(model.tensors)
    changed, gone, folded = list[Operator](), set[int](), list[Operator]()
    for operator in model.operators:
        chain = _chain(model, read, operator)
        made = _dilated(tensors, chain) if chain else None
        if chain and made:
            changed += made
            gone |= {chain.apart.index, chain.together.index}
            folded.append(chain.convolution)
    if not folded:
        return model
    steps.append(f"Dilated, where the file does it in a batch of blocks: {listed(folded)}")
    return with_operators(replace(model, tensors=tuple(tensors)), changed, gone)


def pads_before(model: Model) -> bool:
    """Whether a SPACE_TO_BATCH_ND pads what a convolution reads."""
    paddings = (
        values_of(model.tensors[operator.inputs[2]])
        for operator in model.operators
        if operator.opcode == "SPACE_TO_BATCH_ND" and len(operator.inputs) == 3 and operator.inputs[2] >= 0
    )
    return any(each is not None and any(each[::2]) for each in paddings)


def pads(model: Model) -> bool:
    """Whether a SPACE_TO_BATCH_ND pads, and nothing says that nobody reads it."""
    return any(
        operator.opcode == "SPACE_TO_BATCH_ND" and any(values_of(model.tensors[operator.inputs[2]]) or ())
        for operator in model.operators
        if len(operator.inputs) == 3 and operator.inputs[2] >= 0
    )


def _chain(model: Model, read: Mapping[int, list[Operator]], first: Operator) -> _Chain | None:
    if first.opcode != "SPACE_TO_BATCH_ND":
        return None
    found = [first]
    while len(found) < 5 and found[-1].opcode != "BATCH_TO_SPACE_ND":
        last = found[-1]
        behind = read.get(last.outputs[0], []) if len(last.outputs) == 1 else []
        if len(behind) != 1 or behind[0].inputs[0] != last.outputs[0] or last.outputs[0] in model.outputs:
            return None
        found.append(behind[0])
    if any(len(each.outputs) != 1 or min(each.inputs[:2], default=-1) < 0 for each in found):
        return None
    if len(found) not in (3, 5):
        return None
    whole = len(found) == 5
    chain = _Chain(
        found[0], found[1] if whole else None, found[len(found) // 2], found[3] if whole else None, found[-1]
    )
    views = (chain.to_image, chain.from_image)
    fits = chain.convolution.opcode in _CONVOLUTIONS and chain.together.opcode == "BATCH_TO_SPACE_ND"
    fits = fits and all(view is None or view.opcode in _VIEWS for view in views)
    return chain if fits and len(chain.apart.inputs) == len(chain.together.inputs) == 3 else None


def _dilated(tensors: list[Tensor], chain: _Chain) -> list[Operator] | None:
    """The operators that are left, and new tensors; None where it is not the same."""
    source, result = tensors[chain.apart.inputs[0]], tensors[chain.together.outputs[0]]
    before, after = (tensors[index] for index in (chain.convolution.inputs[0], chain.convolution.outputs[0]))
    block, padding = (values_of(tensors[index]) for index in chain.apart.inputs[1:])
    same_block, crops = (values_of(tensors[index]) for index in chain.together.inputs[1:])
    kinds = {(tensor.type, tensor.quantization) for tensor in (source, before)}
    kinds_after = {(tensor.type, tensor.quantization) for tensor in (after, result)}
    filter_, options = tensors[chain.convolution.inputs[1]], chain.convolution.options
    if (
        block is None
        or padding is None
        or crops is None
        or same_block != block
        or not isinstance(options, Conv2DOptions | DepthwiseConv2DOptions)
    ):
        return None
    rank = 3 if chain.to_image else 4
    ranks = len(source.shape), len(result.shape), len(before.shape), len(after.shape), len(filter_.shape)
    if ranks != (rank, rank, 4, 4, 4) or len(kinds) > 1 or len(kinds_after) > 1 or min(block) < 1:
        return None
    if len(block) != rank - 2 or len(padding) != len(crops) or len(crops) != 2 * len(block):
        return None
    if any(tensor.is_dynamic or 0 in tensor.shape for tensor in (source, result, before, after, filter_)):
        return None
    axes = (1, 2) if rank == 4 else (2,) if before.shape[1] == 1 else (1,)
    if _steps(options) != (1, 1, 1, 1) or options.padding is not Padding.VALID:
        return None
    if rank == 3 and (filter_.shape[3 - axes[0]] != 1 or before.shape[3 - axes[0]] != 1):
        return None
    if (
        tensors[chain.apart.outputs[0]].shape != _in_blocks(source.shape, block, padding)
        or before.shape[0] != after.shape[0]
    ):
        return None
    mode = _mode(source, result, filter_, axes, block, padding, crops)
    if mode is None or source.shape[0] != result.shape[0] or after.shape[3] != result.shape[-1]:
        return None
    dilation = dict(zip(axes, block, strict=True))
    options = replace(options, padding=mode, dilation_h=dilation.get(1, 1), dilation_w=dilation.get(2, 1))
    if not chain.to_image or not chain.from_image:
        inputs = (source.index, *chain.convolution.inputs[1:])
        return [replace(chain.convolution, inputs=inputs, outputs=(result.index,), options=options)]
    image = _added(tensors, before, _as_image(source.shape, axes[0]))
    filtered = _added(tensors, after, _as_image(result.shape, axes[0]))
    inputs = (image.index, *chain.convolution.inputs[1:])
    return [
        _view(chain.to_image, source, image),
        replace(chain.convolution, inputs=inputs, outputs=(filtered.index,), options=options),
        _view(chain.from_image, filtered, result),
    ]


def _steps(options: Conv2DOptions | DepthwiseConv2DOptions) -> tuple[int, ...]:
    return options.stride_h, options.stride_w, options.dilation_h, options.dilation_w


def _in_blocks(shape: tuple[int, ...], block: Sequence[int], padding: Sequence[int]) -> tuple[int, ...]:
    """What SPACE_TO_BATCH_ND makes of `shape`."""
    padded = (size + sum(padding[2 * place : 2 * place + 2]) for place, size in enumerate(shape[1:-1]))
    inner = (size // times for size, times in zip(padded, block, strict=True))
    return (shape[0] * math.prod(block), *inner, shape[-1])


def _mode(
    source: Tensor,
    result: Tensor,
    filter_: Tensor,
    axes: Sequence[int],
    block: Sequence[int],
    padding: Sequence[int],
    crops: Sequence[int],
) -> Padding | None:
    """How the convolution has to pad; None where it cannot pad so."""
    found = set()
    for place, (axis, times) in enumerate(zip(axes, block, strict=True)):
        before, after, cut_before, cut_after = *padding[2 * place : 2 * place + 2], *crops[2 * place : 2 * place + 2]
        size, new = source.shape[1 + place], result.shape[1 + place]
        reach = (filter_.shape[axis] - 1) * times
        whole = size + before + after
        if min(before, after, cut_after) < 0 or cut_before or whole % times or new != whole - reach - cut_after:
            return None
        modes = {Padding.VALID: before == 0 and new == size - reach, Padding.SAME: (before, new) == (reach // 2, size)}
        found.add(frozenset(mode for mode, fits in modes.items() if fits))
    common = frozenset.intersection(*found)
    return next((mode for mode in (Padding.VALID, Padding.SAME) if mode in common), None)


def _as_image(shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    """Of a series an image of one row, or of one column."""
    batches, size, depth = shape
    return (batches, 1, size, depth) if axis == 2 else (batches, size, 1, depth)


def _added(tensors: list[Tensor], like: Tensor, shape: tuple[int, ...]) -> Tensor:
    tensors.append(replace(like, index=len(tensors), shape=shape))
    return tensors[-1]


def _view(operator: Operator, source: Tensor, target: Tensor) -> Operator:
    return replace(
        operator,
        opcode="RESHAPE",
        inputs=(source.index,),
        outputs=(target.index,),
        options=ReshapeOptions(target.shape),
    )
