"""The inputs of a model, and arrays put into their shape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .say import Refusal


@dataclass(frozen=True)
class Input:
    """One input. `shape` begins with the batch, always 1; None is a dimension that the data decides.

    `source_order`: which dimensions of `shape` the source has at its places, where it has another order; a permutation
    of all, the batch first.
    """

    name: str
    shape: tuple[int | None, ...]
    source_order: tuple[int, ...] | None = None

    def in_source(self, shape: Sequence[Any]) -> tuple[Any, ...]:
        """A shape in the order that the source has."""
        return tuple(shape) if self.source_order is None else tuple(shape[axis] for axis in self.source_order)

    def to_source(self, array: np.ndarray) -> np.ndarray:
        """The same of an array with its batch."""
        return array if self.source_order is None else array.transpose(self.source_order)

    @property
    def plain_name(self) -> str:
        """Without what TensorFlow puts around a name: `serving_default_x:0` -> `x`."""
        return self.name.split(":")[0].removeprefix("serving_default_")


def channels_last(name: str, shape: Sequence[int | None]) -> Input:
    """The input of a source whose second dimension is channels, `shape` as it is there."""
    order = (0, len(shape) - 1, *range(1, len(shape) - 1))
    return Input(name, (shape[0], *shape[2:], shape[1]), order)


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
    if wanted.source_order is not None:
        array = _from_source(array, wanted)
        given = array.shape[1:]
    target: tuple[int, ...]
    if None in sample:
        matches, target = _fits(given, sample), given
    else:
        target = tuple(size or 0 for size in sample)
        flat = given == (math.prod(target),)
        matches = flat or [d for d in given if d != 1] == [d for d in sample if d != 1]
    if not matches:
        raise Refusal(
            "usage",
            f"{what} has samples of shape {list(given)}, and the input {wanted.plain_name} takes "
            f"{['any' if d is None else d for d in sample]}",
            f"Give an array of shape {['N', *('any' if d is None else d for d in sample)]}".replace("'", "")
            + f"; this one's is {list(array.shape)}.",
            "data-shape",
        )
    return np.asarray(array, np.float32).reshape(array.shape[0], 1, *target)


def _from_source(array: np.ndarray, wanted: Input) -> np.ndarray:
    """In the order of the device where it has that of the source, as flat rows do."""
    order, sample = wanted.source_order or (), wanted.in_source(wanted.shape)[1:]
    if None not in sample and array.shape[1:] == (math.prod(sample),):
        array = array.reshape(len(array), *sample)
    if not _fits(array.shape[1:], sample):
        return array
    turned: np.ndarray = array.transpose(tuple(order.index(axis) for axis in range(len(order))))
    return turned


def _fits(given: Sequence[int], sample: Sequence[int | None]) -> bool:
    return len(given) == len(sample) and all(size in (None, there) for size, there in zip(sample, given, strict=True))
