"""Data that a Python file of the user's makes: `representative_dataset()`, as in TensorFlow's examples.

It is run in a process of its own, before the one that loads the model, and without that one's confinement: it may read
what it likes, start what it needs, and meets nothing of the model's file.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from .inputs import Input, shaped
from .say import Refusal

FUNCTION = "representative_dataset"
Sample = dict[str, np.ndarray]
"""One array per input, by name; "0", "1", ... where the file yields lists."""


def collect(path: Path, most: int) -> list[Sample]:
    """Run a file and take up to `most` of what it yields: arrays, lists of one per input, dicts by name. Refusal."""
    sys.path.insert(0, str(path.parent))
    try:
        scope: dict[str, Any] = {"__name__": "representative_data", "__file__": str(path)}
        exec(compile(path.read_bytes(), str(path), "exec"), scope)  # noqa: S102 - the user asks for that
        return [_sample(value, path) for value in islice(scope[FUNCTION](), most)]
    except Refusal:
        raise
    except KeyError as error:
        if error.args != (FUNCTION,):
            raise _failed(path, error) from None
        raise Refusal("usage", f"{path.name} has no {FUNCTION}()", "Define it.", "data-python") from None
    except (Exception, SystemExit) as error:
        raise _failed(path, error) from None
    finally:
        sys.path.remove(str(path.parent))


def write(samples: Sequence[Sample], path: Path) -> None:
    """An .npz of arrays `<number of the sample>/<name>`."""
    arrays: dict[str, Any] = {
        f"{n}/{name}": value for n, sample in enumerate(samples) for name, value in sample.items()
    }
    np.savez(path, **arrays)


def read(path: Path) -> list[Sample]:
    """What `write` wrote."""
    samples: list[Sample] = []
    with np.load(path, allow_pickle=False) as arrays:
        for key in arrays.files:
            number, _, name = key.partition("/")
            samples += [{} for _ in range(int(number) + 1 - len(samples))]
            samples[int(number)][name] = arrays[key]
    return samples


def columns(samples: Sequence[Sample], inputs: Sequence[Input], path: Path) -> tuple[np.ndarray, ...]:
    """One array (N, 1, ...) per input; `path` is what errors call the file. Refusal where they do not fit."""
    gathered: list[list[np.ndarray]] = [[] for _ in inputs]
    for number, sample in enumerate(samples):
        for column, wanted, array in zip(gathered, inputs, _values(sample, inputs, path, number), strict=True):
            column.append(array.reshape(1, *(array.shape[1:] if array.ndim == len(wanted.shape) else array.shape)))
    arrays = []
    for column, wanted in zip(gathered, inputs, strict=True):
        if len({array.shape for array in column}) > 1:
            raise Refusal("usage", f"{path.name} yields samples of several shapes", "Yield one shape.", "data-shape")
        arrays.append(shaped(np.concatenate(column) if column else np.empty(0), wanted, path.name))
    return tuple(arrays)


def _sample(value: Any, path: Path) -> Sample:
    if isinstance(value, dict):
        named = {str(key).split(":")[0].removeprefix("serving_default_"): part for key, part in value.items()}
    else:
        parts = value if isinstance(value, (list, tuple)) else [value]
        named = {str(index): part for index, part in enumerate(parts)}
    arrays = {name: np.asarray(part) for name, part in named.items()}
    for array in arrays.values():
        if array.dtype.kind not in "fiub":
            raise Refusal("usage", f"{path.name} yields {array.dtype}, not numbers", "Yield arrays.", "data-type")
    return arrays


def _values(sample: Sample, inputs: Sequence[Input], path: Path, number: int) -> Sequence[np.ndarray]:
    named = [sample[wanted.plain_name] for wanted in inputs if wanted.plain_name in sample]
    values = named if len(named) == len(inputs) else [sample[key] for key in sample if key.isdecimal()]
    if len(values) != len(inputs):
        raise Refusal(
            "usage",
            f"{path.name}: sample {number} has {len(values)} values for {len(inputs)} inputs",
            "Yield a list with one array for each input, each with the batch dimension 1.",
            "data-shape",
        )
    return values


def _failed(path: Path, error: BaseException) -> Refusal:
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    where = f", line {lines[-1]}" if lines else ""
    return Refusal(
        "usage", f"{path.name}{where}: {type(error).__name__}: {error}", "Run it by itself to see more.", "data-python"
    )
