"""Rules of operators that take elements by indices, blocks or repetition: see test_rules.py."""

from __future__ import annotations

from dataclasses import replace

from changes import ints, operator, options, tensor
from small_models import activation, one_operator

from platformio_tinyml.model import (
    BlockOptions,
    GatherOptions,
    MirrorPadOptions,
    Model,
    ResizeOptions,
    TensorType,
)


def resize_nearest() -> Model:
    tensors = [activation(0, (1, 2, 3, 4)), ints(1, 4, 5), activation(2, (1, 4, 5, 4))]
    return one_operator("RESIZE_NEAREST_NEIGHBOR", tensors, ResizeOptions(False, False))


def mirror_pad() -> Model:
    return one_operator(
        "MIRROR_PAD", [activation(0, (2, 3)), ints(1, 0, 1, 2, 0), activation(2, (3, 5))], MirrorPadOptions(0)
    )


def mirror_pad_apart() -> Model:
    paddings = ints(1, 1, 0, 0, 0, 0, 0, 1, 0)
    tensors = [activation(0, (2, 2, 2, 2)), paddings, activation(2, (3, 2, 2, 3))]
    return one_operator("MIRROR_PAD", tensors, MirrorPadOptions(1))


def long_mirror_pad() -> Model:
    tensors = [activation(0, (32768,)), ints(1, 0, 1), activation(2, (32769,))]
    return one_operator("MIRROR_PAD", tensors, MirrorPadOptions(1))


def batch_to_space() -> Model:
    tensors = [activation(0, (4, 2, 3)), ints(1, 2), ints(2, 1, 0), activation(3, (2, 3, 3))]
    return one_operator("BATCH_TO_SPACE_ND", tensors)


def space_to_batch() -> Model:
    tensors = [activation(0, (2, 4, 3)), ints(1, 2), ints(2, 0, 0), activation(3, (4, 2, 3))]
    return one_operator("SPACE_TO_BATCH_ND", tensors)


def space_to_depth() -> Model:
    return one_operator("SPACE_TO_DEPTH", [activation(0, (1, 4, 6, 2)), activation(1, (1, 2, 3, 8))], BlockOptions(2))


def tile() -> Model:
    return one_operator("TILE", [activation(0, (2, 3)), ints(1, 2, 1), activation(2, (4, 3))])


def tile_apart() -> Model:
    tensors = [activation(0, (2, 2, 2, 2)), ints(1, 2, 2, 2, 2), activation(2, (4, 4, 4, 4))]
    return one_operator("TILE", tensors)


def broadcast_to() -> Model:
    return one_operator("BROADCAST_TO", [activation(0, (1, 3)), ints(1, 2, 3), activation(2, (2, 3))])


def broadcast_apart() -> Model:
    shape, output = (2, 1) * 4, (2,) * 8
    return one_operator("BROADCAST_TO", [activation(0, shape), ints(1, *output), activation(2, output)])


def reverse() -> Model:
    return one_operator("REVERSE_V2", [activation(0, (2, 3)), ints(1, -1), activation(2, (2, 3))])


def reverse_apart() -> Model:
    tensors = [activation(0, (2,) * 7), ints(1, 0, 2, 4, 6), activation(2, (2,) * 7)]
    return one_operator("REVERSE_V2", tensors)


def fill() -> Model:
    return one_operator("FILL", [ints(0, 2, 3), activation(1, ()), activation(2, (2, 3))])


def shape() -> Model:
    return one_operator("SHAPE", [activation(0, (2, 3)), activation(1, (2,), type=TensorType.INT32)])


def broadcast_args() -> Model:
    output = activation(2, (2,), type=TensorType.INT32)
    whole = one_operator("BROADCAST_ARGS", [ints(0, 2, 1), ints(1, 3), output])
    return replace(whole, tensors=(*whole.tensors, activation(3, (1,))), inputs=(3,))


def gather() -> Model:
    tensors = [activation(0, (2, 3)), ints(1, 2, 0), activation(2, (2, 2))]
    return one_operator("GATHER", tensors, GatherOptions(1, 0))


def gather_nd() -> Model:
    tensors = [activation(0, (2, 3)), ints(1, 1, 2), activation(2, ())]
    return one_operator("GATHER_ND", tensors)


def embedding() -> Model:
    return one_operator("EMBEDDING_LOOKUP", [ints(0, 1, 3), activation(1, (4, 3)), activation(2, (2, 3))])


BROKEN_GATHERS = [
    (resize_nearest, operator(options=None), "2 inputs and one output, and its options", "no options", ""),
    (resize_nearest, tensor(1, data=None), "Input 1 (size)", "computed", ""),
    (resize_nearest, tensor(2, shape=(1, 5, 4, 4)), "alike but for the size", "[4, 5]", ""),
    (
        resize_nearest,
        lambda m: tensor(2, shape=(1, 32768, 5, 4))(tensor(1, data=ints(1, 32768, 5).data)(m)),
        "more than 32,767",
        "32768",
        "",
    ),
    (mirror_pad, tensor(2, shape=(3, 4)), "two paddings", "to (3, 4)", ""),
    (mirror_pad, options(mode=2), "No padding is longer", "mode 2", ""),
    (mirror_pad, lambda _: long_mirror_pad(), "No dimension that is padded", "32769", ""),
    (mirror_pad, lambda _: mirror_pad_apart(), "at most three", "4 dimensions by lists", ""),
    (batch_to_space, operator(inputs=(0,)), "3 inputs", "1 inputs", ""),
    (batch_to_space, tensor(1, data=None), "Input 1 (block)", "computed", ""),
    (batch_to_space, tensor(2, data=None), "Input 2 (crops)", "computed", ""),
    (batch_to_space, tensor(3, shape=(2, 4, 3)), "the output of the input", "[2, 4, 3]", ""),
    (space_to_batch, tensor(2, data=None), "Input 2 (paddings)", "computed", ""),
    (space_to_batch, tensor(3, shape=(4, 3, 3)), "divides", "[4, 3, 3]", ""),
    (
        space_to_batch,
        lambda m: tensor(3, shape=(4, 3, 3), quantization=None)(tensor(2, data=ints(2, 1, 1).data)(m)),
        "has a zero point",
        "no zero point",
        "",
    ),
    (space_to_depth, options(block_size=3), "One shape is", "block 3", ""),
    (space_to_depth, operator(options=None), "1 input and one output, and its options", "no options", ""),
    (tile, tensor(1, data=None), "Input 1 (multiples)", "computed", ""),
    (tile, tensor(2, shape=(2, 3)), "a multiple of 1", "times [2, 1]", ""),
    (tile, lambda _: tile_apart(), "at most five loops", "7 loops", ""),
    (broadcast_to, tensor(1, data=None), "Input 1 (shape)", "computed", ""),
    (broadcast_to, tensor(0, shape=(2, 1, 3)), "counted from the last", "[2, 1, 3]", ""),
    (broadcast_to, lambda _: broadcast_apart(), "at most five loops", "8 loops", ""),
    (reverse, tensor(1, data=ints(1, 2).data), "dimensions of the input", "[2] of 2", ""),
    (reverse, lambda _: reverse_apart(), "reversed alike", "loops", ""),
    (fill, tensor(0, data=None), "Input 0 (dimensions)", "computed", ""),
    (fill, tensor(1, shape=(2,)), "one element", "2 elements", ""),
    (shape, tensor(1, type=TensorType.INT64), "output is int32", "INT64", ""),
    (broadcast_args, tensor(0, data=None), "Input 0 (one shape)", "computed", ""),
    (broadcast_args, tensor(1, data=None), "Input 1 (the other)", "computed", ""),
    (broadcast_args, tensor(2, shape=(3,)), "as many elements as", "to [3]", ""),
    (gather, tensor(1, type=TensorType.FLOAT32), "Input 1 (indices)", "FLOAT32", ""),
    (gather, tensor(2, shape=(2, 3)), "stands in its place", "axis 1", ""),
    (gather, tensor(1, data=ints(1, 3, 0).data), "below the axis's size", "index 3 of 3", ""),
    (gather_nd, tensor(2, shape=(3,)), "parts of one", "[2]", ""),
    (gather_nd, tensor(1, data=ints(1, 1, 3).data), "below their dimensions' sizes", "index 3 of 3", ""),
    (embedding, tensor(0, type=TensorType.FLOAT32), "Input 0 (indices)", "FLOAT32", ""),
    (embedding, tensor(2, shape=(3, 3)), "a row of these", "[3, 3]", ""),
    (embedding, tensor(0, data=ints(0, 1, 4).data), "number of rows", "index 4 of 4", ""),
]
"""(model, change, words of the rule, of what was found, of the next step)."""
