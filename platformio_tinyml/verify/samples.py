"""What a model is verified on: inputs generated or from a file, and perhaps the outputs that are expected."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ..emulate.inputs import arbitrary_inputs
from ..errors import UsageError
from ..files import read_bytes
from ..manifest import Manifest, TensorInfo
from ..model.naming import printable
from .npy import Array, read_arrays

Sample = tuple[bytes, ...]
"""The bytes of all inputs, or outputs, in the model's order."""


@dataclass(frozen=True, slots=True)
class Samples:
    """`source` is `generated` or a file's name; `outputs` are expected, one for each of `inputs`, None if unknown."""

    source: str
    inputs: tuple[Sample, ...]
    outputs: tuple[Sample, ...] | None = None


def generate_samples(manifest: Manifest, count: int) -> Samples:
    """Arbitrary ones, the same in every run."""
    return Samples("generated", tuple(islice(arbitrary_inputs(manifest), count)))


def read_samples(path: Path, manifest: Manifest) -> Samples:
    """From raw bytes, .npy or .npz, by the suffix. Raises UsageError where the file is not of this model's tensors."""
    if path.suffix not in (".npy", ".npz"):
        return Samples(path.name, _raw_samples(path, manifest))
    arrays = read_arrays(path)
    given = _named(arrays, "output", manifest.outputs)
    inputs = _by_name_or_order([each for each in arrays if each not in given], path, manifest)
    columns = [_column(array, tensor, path) for array, tensor in zip(inputs, manifest.inputs, strict=True)]
    if given and len(given) != len(manifest.outputs):
        raise UsageError(
            f"{printable(str(path))} has {len(given)} of the model's {len(manifest.outputs)} outputs",
            "Give output_0, output_1, ... for all, or none.",
        )
    expected = [_column(array, tensor, path) for array, tensor in zip(given, manifest.outputs, strict=False)]
    counts = {len(column) for column in (*columns, *expected)}
    if len(counts) != 1 or 0 in counts:
        found = ", ".join(map(str, sorted(counts)))
        raise UsageError(
            f"{printable(str(path))} has arrays of {found} samples",
            "Give every array the same number of samples along its first axis, 1 or more.",
        )
    return Samples(path.name, tuple(zip(*columns, strict=True)), tuple(zip(*expected, strict=True)) or None)


def _raw_samples(path: Path, manifest: Manifest) -> tuple[Sample, ...]:
    try:
        data = read_bytes(path)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", "Write the inputs there (docs/verify.md).") from error
    sizes = [tensor.bytes for tensor in manifest.inputs]
    if not data or not any(sizes) or len(data) % sum(sizes):
        raise UsageError(
            f"{path} has {len(data):,} bytes, and a sample of {printable(manifest.name)} has {sum(sizes):,}",
            "Write whole samples, the bytes of all inputs one after another (docs/verify.md).",
        )
    return split_samples(data, sizes)


def split_samples(data: bytes, sizes: Sequence[int]) -> tuple[Sample, ...]:
    """Samples that stand one after another, each of tensors of these sizes in bytes."""
    starts = [sum(sizes[:index]) for index in range(len(sizes))]
    return tuple(
        tuple(data[at + start : at + start + size] for start, size in zip(starts, sizes, strict=True))
        for at in range(0, len(data), sum(sizes))
    )


def _named(arrays: Sequence[Array], kind: str, tensors: Sequence[TensorInfo]) -> list[Array]:
    """Those called `<kind>_0`, `<kind>_1`, ..., in this order."""
    by_name: Mapping[str, Array] = {array.name: array for array in arrays}
    names = [f"{kind}_{index}" for index in range(len(tensors))]
    return [by_name[name] for name in names if name in by_name]


def _by_name_or_order(arrays: Sequence[Array], path: Path, manifest: Manifest) -> list[Array]:
    """One array per input: by the tensors' names, as input_0, input_1, ..., or in the order of the file."""
    tensors = manifest.inputs
    by_name = {array.name: array for array in arrays}
    if len(arrays) != len(tensors):
        names = ", ".join(printable(tensor.name) for tensor in tensors)
        raise UsageError(
            f"{printable(str(path))} has {len(arrays)} arrays, and {printable(manifest.name)} {len(tensors)} inputs",
            f"Give one array per input ({names}), and expected outputs as output_0, output_1, ...",
        )
    if all(tensor.name in by_name for tensor in tensors):
        return [by_name[tensor.name] for tensor in tensors]
    return _named(arrays, "input", tensors) if "input_0" in by_name else list(arrays)


def _column(array: Array, tensor: TensorInfo, path: Path) -> tuple[bytes, ...]:
    """The tensor's bytes in each sample."""
    where = printable(f"{path}{f', {array.name}' if array.name else ''}")
    if array.type != tensor.type:
        hint = " The model's input is quantized: quantize the samples as the application does." * (
            array.type == "FLOAT32" and tensor.scale is not None
        )
        raise UsageError(
            f"{where} is {array.type}, and {printable(tensor.name)} is {tensor.type}",
            f"Convert the array, as with numpy's astype.{hint}",
        )
    shape = tensor.shape[1:] if tensor.shape[:1] == (1,) else tensor.shape
    if array.shape[1:] not in (shape, tensor.shape) or not array.shape:
        raise UsageError(
            f"{where} has the shape {printable(str(array.shape), 80)}, and {printable(tensor.name)} {tensor.shape}",
            f"Give it the shape (samples, {', '.join(map(str, shape))}).",
        )
    if math.prod(array.shape[1:]) == 0:
        raise UsageError(f"{where} is empty", "Give at least one number per sample.")
    return tuple(array.data[at : at + tensor.bytes] for at in range(0, len(array.data), tensor.bytes))
