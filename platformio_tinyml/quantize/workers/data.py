"""The samples that calibrate a model: read from what people have, and checked."""

from __future__ import annotations

import csv
import math
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from . import python_data
from .inputs import Input, shaped
from .limits import LARGEST_DATA, Bounds
from .media import is_media, read_media
from .say import Refusal

MOST_SAMPLES = 1000
"""More are thinned out evenly: extremes are found by then, and every one costs an invoke."""
FEW_SAMPLES = 100
RANDOM = "random"
_RANDOM_SAMPLES = 100


@dataclass(frozen=True)
class Samples:
    """One array per input, each float32 (N, *shape); `warnings` are what is doubtful about them."""

    arrays: tuple[np.ndarray, ...]
    method: str
    warnings: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.arrays[0])

    @property
    def low(self) -> float:
        """The smallest value."""
        return float(min(array.min() for array in self.arrays))

    @property
    def high(self) -> float:
        """The largest value."""
        return float(max(array.max() for array in self.arrays))

    def thinned(self, most: int) -> Samples:
        """At most `most` of them, evenly spread."""
        if len(self) <= most:
            return self
        chosen = np.linspace(0, len(self) - 1, most).astype(int)
        return Samples(tuple(array[chosen] for array in self.arrays), self.method, self.warnings)


def load_samples(
    data: str, inputs: Sequence[Input], value_range: tuple[float, float] | None, collected: Path | None = None
) -> Samples:
    """The calibration data at the path `data`, or random values. Refusal where they cannot be used.

    `collected`: what a Python file at `data` has yielded already (python_data.py).
    """
    if data == RANDOM:
        return _random(inputs)
    path = Path(data)
    samples = Samples(_read(path, inputs, value_range, collected), "representative").thinned(MOST_SAMPLES)
    warnings = list(check(samples, inputs, path.name))
    return Samples(samples.arrays, samples.method, tuple(warnings))


def load_evaluation(path: Path, inputs: Sequence[Input]) -> tuple[Samples, np.ndarray | None]:
    """x and, if it is there, y of an .npz. Refusal where x does not fit the inputs, or y is not as long."""
    arrays = _npz(path)
    y = arrays.pop("y", None)
    samples = Samples(_by_name(arrays, inputs, path.name), "evaluation")
    _refuse_not_finite(samples, inputs, path.name)
    if y is not None and (y.ndim == 0 or len(y) != len(samples)):
        raise Refusal("usage", f"{path.name}: x has {len(samples)} samples and y {y.size}", "Give one y for each x.")
    return samples, y


def check(samples: Samples, inputs: Sequence[Input], name: str) -> Iterable[str]:
    """Warnings; Refusal for what cannot calibrate: NaN, infinity, one value only."""
    _refuse_not_finite(samples, inputs, name)
    for array, wanted in zip(samples.arrays, inputs, strict=True):
        if array.min() == array.max():
            raise Refusal(
                "usage",
                f"{name}: every value for {wanted.plain_name} is {array.flat[0]:g}",
                "Give samples like those that the device will see.",
                "data-constant",
            )
        if len(array) > 1 and (array == array[0]).all():
            yield f"all {len(array)} samples for {wanted.plain_name} are the same"
        if np.abs(array).max() > 1e6:
            yield f"values for {wanted.plain_name} reach {np.abs(array).max():.3g}: was the model trained on such?"
    if len(samples) < FEW_SAMPLES:
        yield f"{len(samples)} samples are few: {FEW_SAMPLES} to 500 make the ranges of activations certain"


def compare_ranges(samples: Samples, evaluation: Samples) -> Iterable[str]:
    """A warning where the calibration data does not have the range of the evaluation data."""
    span = evaluation.high - evaluation.low
    outside = max(samples.low - evaluation.low, evaluation.high - samples.high)
    ranges = f"the data ranges from {samples.low:g} to {samples.high:g}, the evaluation data from "
    ranges += f"{evaluation.low:g} to {evaluation.high:g}"
    if outside > 0.25 * span:
        yield f"{ranges}: what lies outside is clipped"
    elif samples.high - samples.low > 4 * span:
        yield f"{ranges}: most of the int8 steps are wasted"


def _refuse_not_finite(samples: Samples, inputs: Sequence[Input], name: str) -> None:
    for array, wanted in zip(samples.arrays, inputs, strict=True):
        bad = np.flatnonzero(~np.isfinite(array).reshape(len(array), -1).all(axis=1))
        if bad.size:
            raise Refusal(
                "usage",
                f"{name}: {bad.size} of {len(array)} samples for {wanted.plain_name} hold NaN or infinity, "
                f"the first is sample {bad[0]}",
                "Repair or remove them.",
                "data-nan",
            )


def _random(inputs: Sequence[Input]) -> Samples:
    generator = np.random.default_rng(0)
    arrays = []
    for wanted in inputs:
        if None in wanted.shape:
            raise Refusal("usage", f"the shape of {wanted.plain_name} is open", "Give real data: it decides the shape.")
        shape = (_RANDOM_SAMPLES, *(size or 0 for size in wanted.shape))
        arrays.append(generator.standard_normal(shape, np.float32))
    return Samples(tuple(arrays), RANDOM)


def _read(
    path: Path, inputs: Sequence[Input], value_range: tuple[float, float] | None, collected: Path | None
) -> tuple[np.ndarray, ...]:
    if path.is_dir() or is_media(path):
        return (shaped(read_media(path, _only(inputs, path.name), value_range), inputs[0], path.name),)
    if value_range is not None:
        raise Refusal("usage", "a data range is for images and sound", "Leave it out: arrays are taken as they are.")
    if path.suffix == ".npz":
        return _by_name(_npz(path), inputs, path.name)
    if path.suffix == ".npy":
        return (shaped(_numpy(path), _only(inputs, path.name), path.name),)
    if path.suffix == ".csv":
        return (shaped(_csv(path), _only(inputs, path.name), path.name),)
    if path.suffix == ".py":
        samples = python_data.read(collected) if collected else python_data.collect(path, MOST_SAMPLES)
        return python_data.columns(samples, inputs, path)
    raise Refusal(
        "usage",
        f"{path.name} is no kind of data that is known",
        "Give an .npz, .npy, .csv or .py file, or a folder of .png, .jpg, .bmp or .wav files.",
        "data-format",
    )


def _only(inputs: Sequence[Input], name: str) -> Input:
    if len(inputs) != 1:
        names = ", ".join(wanted.plain_name for wanted in inputs)
        raise Refusal(
            "usage", f"the model has {len(inputs)} inputs, and {name} is for one", f"Give an .npz with arrays {names}."
        )
    return inputs[0]


def _numpy(path: Path) -> Any:
    """Never unpickled: a pickle is code. Nothing is read of a file that declares more than can be."""
    try:
        _check_size(path)
        return np.load(path, allow_pickle=False)
    except Refusal:
        raise
    except Exception as error:
        raise Refusal(
            "usage",
            f"{path.name} cannot be read: {error}",
            "Save plain arrays of numbers with numpy.savez.",
            "data-format",
        ) from None


def _check_size(path: Path) -> None:
    """Refusal, or ValueError, where an .npz unpacks to too much or an array is larger than its bytes in the file."""
    bounds = Bounds(path.name, LARGEST_DATA)
    bounds.add(path.stat().st_size)
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            _check_array(file, path.stat().st_size)
        return
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            bounds.count()
            bounds.add(member.file_size)
            with archive.open(member) as array:
                _check_array(array, member.file_size)


def _check_array(file: IO[bytes], size: int) -> None:
    """ValueError where the array that begins in `file` needs more than its `size` bytes."""
    version = np.lib.format.read_magic(file)
    read_header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in read_header:
        raise ValueError(f"version {version} of the format is not known")
    shape, _, dtype = read_header[version](file)
    if math.prod(shape) * dtype.itemsize > size:
        raise ValueError(f"an array {shape} of {dtype} does not fit into {size:,} bytes")


def _npz(path: Path) -> dict[str, np.ndarray]:
    archive = _numpy(path)
    if isinstance(archive, np.ndarray):
        raise Refusal("usage", f"{path.name} is an .npy file", "Save it with numpy.savez('name.npz', x=...).")
    try:
        return {name: archive[name] for name in archive.files}
    except Exception as error:
        raise Refusal("usage", f"{path.name} cannot be read: {error}", "Save plain arrays of numbers.") from None


def _by_name(arrays: dict[str, np.ndarray], inputs: Sequence[Input], name: str) -> tuple[np.ndarray, ...]:
    """One input: the array x, or the only one beside y. Several: by the inputs' names."""
    if len(inputs) == 1:
        others = [key for key in arrays if key != "y"]
        key = next(
            (key for key in (inputs[0].plain_name, "x") if key in arrays), others[0] if len(others) == 1 else None
        )
        if key is None:
            raise Refusal(
                "usage", f"{name} holds {', '.join(arrays) or 'nothing'}", "Call the samples x.", "data-names"
            )
        return (shaped(arrays[key], inputs[0], f"{name}, {key}"),)
    missing = [wanted.plain_name for wanted in inputs if wanted.plain_name not in arrays]
    if missing:
        raise Refusal(
            "usage",
            f"{name} holds {', '.join(arrays) or 'nothing'}, and the inputs are called "
            f"{', '.join(wanted.plain_name for wanted in inputs)}",
            "Call the arrays as the inputs.",
            "data-names",
        )
    return _equal_counts([shaped(arrays[w.plain_name], w, f"{name}, {w.plain_name}") for w in inputs], name)


def _equal_counts(arrays: Sequence[np.ndarray], name: str) -> tuple[np.ndarray, ...]:
    counts = {len(array) for array in arrays}
    if len(counts) != 1:
        raise Refusal("usage", f"{name}: the inputs have {sorted(counts)} samples", "Give each as many.", "data-shape")
    return tuple(arrays)


def _csv(path: Path) -> np.ndarray:
    """A sample a row; a first row of names is passed over. Separators: comma, semicolon, tab."""
    try:
        Bounds(path.name, LARGEST_DATA).add(path.stat().st_size)
        text = path.read_text("utf-8-sig")
    except (OSError, ValueError) as error:
        raise Refusal("usage", f"{path.name} cannot be read: {error}", "Save it as UTF-8 text.") from None
    separator = max(",;\t", key=text[:10000].count)
    rows = [row for row in csv.reader(text.splitlines(), delimiter=separator) if any(cell.strip() for cell in row)]
    if rows and not _numbers(rows[0]):
        rows = rows[1:]
    samples: list[list[float]] = []
    for number, row in enumerate(rows, 1):
        values = _numbers(row)
        if not values or (samples and len(values) != len(samples[0])):
            raise Refusal(
                "usage",
                f"{path.name}: sample {number} has {len(row)} cells, not all numbers or not as many as those before",
                "Give one sample a row, all values as numbers.",
                "data-format",
            )
        samples.append(values)
    return np.array(samples, np.float32)


def _numbers(row: Sequence[str]) -> list[float]:
    try:
        return [float(cell) for cell in row]
    except ValueError:
        return []
