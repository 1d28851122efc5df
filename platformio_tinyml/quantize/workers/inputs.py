"""The inputs of a model, and arrays put into their shape."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from .say import Refusal


@dataclass(frozen=True)
class Input:
    """One input. `shape` begins with the batch, always 1; None is a dimension that the data decides."""

    name: str
    shape: tuple[int | None, ...]

    @property
    def plain_name(self) -> str:
        """Without what TensorFlow puts around a name: `serving_default_x:0` -> `x`."""
        return self.name.split(":")[0].removeprefix("serving_default_")


def shaped(array: Any, wanted: Input, what: str) -> np.ndarray:
    """(N, ...) -> float32 (N, 1, *shape without batch). Refusal where it cannot be that input.

    The batch dimension, dimensions of 1, and flat rows need not be as in the model: nothing is guessed by that.
    """
    array = np.asarray(array)
    if array.dtype.kind not in "fiub":
        raise Refusal("usage", f"{what} holds {array.dtype}, not numbers", "Give numbers.", "data-type")
    sample = wanted.shape[1:]
    if array.ndim == 0 or array.shape[0] == 0:
        raise Refusal("usage", f"{what} is empty", "Give some samples: the first dimension counts them.", "data-empty")
    given = array.shape[1:]
    target: tuple[int, ...]
    if None in sample:
        matches = len(given) == len(sample) and all(w in (None, g) for w, g in zip(sample, given, strict=True))
        target = given
    else:
        target = tuple(size or 0 for size in sample)
        flat = given == (math.prod(target),)
        matches = flat or [d for d in given if d != 1] == [d for d in sample if d != 1]
    if not matches:
        raise Refusal(
            "usage",
            f"{what} has samples of shape {list(given)}, and the input {wanted.plain_name} takes "
            f"{['any' if d is None else d for d in sample]}",
            f"Give an array of shape {['N', *('any' if d is None else d for d in sample)]}.".replace("'", ""),
            "data-shape",
        )
    return np.asarray(array, np.float32).reshape(array.shape[0], 1, *target)
