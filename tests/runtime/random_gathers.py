"""Models of one operator that takes elements by indices, blocks or repetition; see random_models.py."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from model_builder import Builder, per_tensor
from random_parts import Built, Rng, ints, shape_of, values

from platformio_tinyml.model import BlockOptions, GatherOptions, MirrorPadOptions, ResizeOptions, TensorType


def table(builder: Builder, name: str, values: np.ndarray) -> int:
    return builder.tensor(name, values.shape, TensorType.INT32, data=values.astype(np.int32))


def resize_nearest_neighbor(rng: Rng, builder: Builder, source: Callable) -> Built:
    shape, size = shape_of(rng, 4), [int(n) for n in rng.choice([1, 2, 3, 4, 5, 8, 12], 2)]
    options = ResizeOptions(bool(rng.integers(2)), bool(rng.integers(2)))
    output = (shape[0], *size, shape[3])
    return "RESIZE_NEAREST_NEIGHBOR", [source(shape), ints(builder, "size", size)], [output], options, 1


def mirror_pad(rng: Rng, builder: Builder, source: Callable) -> Built:
    shape, mode = shape_of(rng), int(rng.integers(2))
    pairs = np.array([[rng.integers(size - 1 + mode + 1) for _ in range(2)] for size in shape])
    if len(shape) == 4:
        pairs[int(rng.integers(4))] = 0
    output = tuple(int(size + pair.sum()) for size, pair in zip(shape, pairs, strict=True))
    return "MIRROR_PAD", [source(shape), table(builder, "paddings", pairs)], [output], MirrorPadOptions(mode), 1


def batch_to_space_nd(rng: Rng, builder: Builder, source: Callable) -> Built:
    rank = int(rng.integers(3, 5))
    block = rng.integers(1, 4, rank - 2)
    shape = shape_of(rng, rank)
    shape = (shape[0] * int(np.prod(block)), *shape[1:])
    crops, middle = [], []
    for size, times in zip(shape[1:-1], block, strict=True):
        before = int(rng.integers(min(3, size * int(times))))
        after = int(rng.integers(min(3, size * int(times) - before)))
        crops.append([before, after])
        middle.append(size * int(times) - before - after)
    output = (shape[0] // int(np.prod(block)), *middle, shape[-1])
    inputs = [source(shape), table(builder, "block", block), table(builder, "crops", np.array(crops))]
    return "BATCH_TO_SPACE_ND", inputs, [output], None, 1


def space_to_batch_nd(rng: Rng, builder: Builder, source: Callable) -> Built:
    """Without paddings: what TFLM pads with is left to chance."""
    rank = int(rng.integers(3, 5))
    block, shape = rng.integers(1, 4, rank - 2), shape_of(rng, rank)
    output = (shape[0] * int(np.prod(block)), *shape[1:])
    wide = [size * int(times) for size, times in zip(shape[1:-1], block, strict=True)]
    paddings = np.zeros((len(block), 2))
    inputs = [
        source((shape[0], *wide, shape[-1])),
        table(builder, "block", block),
        table(builder, "paddings", paddings),
    ]
    return "SPACE_TO_BATCH_ND", inputs, [output], None, 1


def space_to_depth(rng: Rng, builder: Builder, source: Callable) -> Built:
    batches, height, width, depth = shape_of(rng, 4)
    block = int(rng.integers(1, 4))
    shape = (batches, height * block, width * block, depth)
    output = (batches, height, width, depth * block * block)
    return "SPACE_TO_DEPTH", [source(shape)], [output], BlockOptions(block), 1


def depth_to_space(rng: Rng, builder: Builder, source: Callable) -> Built:
    batches, height, width, depth = shape_of(rng, 4)
    block = int(rng.integers(1, 4))
    shape = (batches, height, width, depth * block * block)
    return "DEPTH_TO_SPACE", [source(shape)], [(batches, height * block, width * block, depth)], BlockOptions(block), 1


def reverse_v2(rng: Rng, builder: Builder, source: Callable) -> Built:
    """TFLM takes neighbouring axes only."""
    shape = shape_of(rng)
    first = int(rng.integers(len(shape)))
    axes = list(range(first, int(rng.integers(first, len(shape))) + 1))
    given = [axis - len(shape) if rng.integers(2) else axis for axis in axes]
    return "REVERSE_V2", [source(shape), ints(builder, "axes", given)], [shape], None, 1


def broadcast_to(rng: Rng, builder: Builder, source: Callable) -> Built:
    output = shape_of(rng, int(rng.integers(1, 6)))
    rank = int(rng.integers(1, len(output) + 1))
    shape = tuple(size if rng.integers(2) else 1 for size in output[-rank:])
    return "BROADCAST_TO", [source(shape), ints(builder, "shape", output)], [output], None, 1


def gather(rng: Rng, builder: Builder, source: Callable) -> Built:
    shape = shape_of(rng)
    axis = int(rng.integers(len(shape)))
    batches = int(rng.integers(axis + 1))
    indices = (*shape[:batches], *shape_of(rng, int(rng.integers(1, 3))))
    output = (*shape[:axis], *indices[batches:], *shape[axis + 1 :])
    chosen = table(builder, "indices", rng.integers(0, shape[axis], indices))
    given = axis - len(shape) if rng.integers(2) else axis
    options = GatherOptions(given, batches - len(indices) if batches and rng.integers(2) else batches)
    return "GATHER", [source(shape), chosen], [output], options, 1


def gather_nd(rng: Rng, builder: Builder, source: Callable) -> Built:
    shape = shape_of(rng)
    depth, places = int(rng.integers(1, len(shape) + 1)), shape_of(rng, int(rng.integers(1, 3)))
    parts = [rng.integers(0, size, places) for size in shape[:depth]]
    indices = table(builder, "indices", np.stack(parts, -1))
    return "GATHER_ND", [source(shape), indices], [(*places, *shape[depth:])], None, 1


def zeros_like(rng: Rng, builder: Builder, source: Callable) -> Built:
    shape = shape_of(rng)
    return "ZEROS_LIKE", [source(shape)], [shape], None, 1


def fill(rng: Rng, builder: Builder, source: Callable) -> Built:
    shape = shape_of(rng)
    return "FILL", [ints(builder, "dims", shape), source(())], [shape], None, 1


def shape(rng: Rng) -> bytes:
    builder, dimensions = Builder(), shape_of(rng)
    source = builder.tensor("input", dimensions, quantization=per_tensor(0.5))
    output = builder.tensor("output", (len(dimensions),), TensorType.INT32)
    builder.operator("SHAPE", [source], [output])
    return builder.build([source], [output])


def broadcast_args(rng: Rng) -> bytes:
    """Beside another operator: a model has an input."""
    builder, output = Builder(), shape_of(rng, int(rng.integers(1, 5)))
    kept = [size if rng.integers(2) else 1 for size in output]
    given = [list(output), kept[int(rng.integers(len(output))) :]]
    one, two = (ints(builder, f"shape{n}", given[n]) for n in rng.permutation(2))
    source = builder.tensor("input", (3,), quantization=per_tensor(0.5))
    zeros = builder.tensor("zeros", (3,), quantization=per_tensor(0.5))
    target = builder.tensor("output", (len(output),), TensorType.INT32)
    builder.operator("BROADCAST_ARGS", [one, two], [target])
    builder.operator("ZEROS_LIKE", [source], [zeros])
    return builder.build([source], [zeros, target])


def looked_up(opcode: str) -> Callable[[Rng], bytes]:
    """Computed indices, 0 to 2, into constants or another input."""

    def build(rng: Rng) -> bytes:
        builder, columns = Builder(), int(rng.choice([1, 3, 8]))
        rows = (int(rng.integers(3, 7)), *((3,) if opcode == "GATHER_ND" else ()), columns)
        depth = int(rng.integers(1, 3)) if opcode == "GATHER_ND" else 1
        ids = int(rng.integers(1, 6))
        indices = builder.tensor("ids", (ids, depth) if opcode == "GATHER_ND" else (ids,), TensorType.INT32)
        constant = bool(rng.integers(2))
        data = builder.tensor("data", rows, quantization=per_tensor(0.5), data=values(rng, rows) if constant else None)
        output = builder.tensor("output", (ids, *rows[depth:]), quantization=per_tensor(0.5))
        inputs = [indices, data] if opcode == "EMBEDDING_LOOKUP" else [data, indices]
        builder.operator(opcode, inputs, [output], GatherOptions(0, 0) if opcode == "GATHER" else None)
        return builder.build([indices] if constant else [indices, data], [output])

    return build


LOOK_UPS = {
    "BROADCAST_ARGS": broadcast_args,
    "EMBEDDING_LOOKUP": looked_up("EMBEDDING_LOOKUP"),
    "GATHER by an input": looked_up("GATHER"),
    "GATHER_ND by an input": looked_up("GATHER_ND"),
    "SHAPE": shape,
}
"""Functions that return a file."""

GATHERS = {
    "BATCH_TO_SPACE_ND": batch_to_space_nd,
    "BROADCAST_TO": broadcast_to,
    "DEPTH_TO_SPACE": depth_to_space,
    "FILL": fill,
    "GATHER": gather,
    "GATHER_ND": gather_nd,
    "MIRROR_PAD": mirror_pad,
    "RESIZE_NEAREST_NEIGHBOR": resize_nearest_neighbor,
    "REVERSE_V2": reverse_v2,
    "SPACE_TO_BATCH_ND": space_to_batch_nd,
    "SPACE_TO_DEPTH": space_to_depth,
    "ZEROS_LIKE": zeros_like,
}
