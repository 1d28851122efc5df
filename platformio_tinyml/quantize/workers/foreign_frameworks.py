"""What ONNX and PyTorch have in common here: channels come first there and last here, and another program converts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np

from .inputs import Input
from .running import interpreter
from .say import Refusal

_TOLERANCE = 1e-3
"""Of the largest output: float32 in another order of sums is far below, another network far above."""


Foreign = tuple[tuple[Input, ...], Callable[[Sequence[Sequence[int]]], bytes], list[str]]
"""A loaded model: its inputs, what makes the float .tflite for their shapes, and what the user shall know."""


@dataclass(frozen=True)
class Difference:
    """Who converts what, for the error."""

    converter: str
    name: str


def layout_note(inputs: Sequence[Input]) -> list[str]:
    """A line for each input whose dimensions come in another order on the device."""
    return [
        f"the input {each.name} is {_shape(each.shape)} on the device, channels last; the model has "
        f"{_shape(each.in_source(each.shape))}, and samples may have either"
        for each in inputs
        if each.source_order is not None
    ]


def _shape(sizes: Sequence[Any]) -> str:
    return "x".join("?" if size is None else str(size) for size in sizes)


def require_equal(
    reference: Callable[[list[np.ndarray]], list[Any]], model: bytes, inputs: Sequence[Input], who: Difference
) -> None:
    """Refusal where the float .tflite gives other outputs than the framework that the model comes from.

    Outputs may have their dimensions in another order, which is found by trying.
    """
    made = interpreter(model)
    details = _by_name(made.get_input_details(), inputs)
    generator = np.random.default_rng(0)
    for _ in range(2):
        arrays = [generator.standard_normal(detail["shape"]).astype(np.float32) for detail in details]
        for detail, array in zip(details, arrays, strict=True):
            made.set_tensor(detail["index"], array)
        made.invoke()
        found = [made.get_tensor(detail["index"]) for detail in made.get_output_details()]
        wanted = [
            np.asarray(value)
            for value in reference([each.to_source(array) for each, array in zip(inputs, arrays, strict=True)])
        ]
        worst = _worst(wanted, found)
        if worst > _TOLERANCE:
            raise Refusal(
                "model",
                f"what {who.converter} makes of {who.name} computes something else: an output differs by "
                f"{worst:.0%} of its range",
                "Export the model again with fixed shapes, try another version of the operators (opset 17), or build "
                "the network in Keras.",
                "model-convert",
            )


def _by_name(details: Sequence[Any], inputs: Sequence[Input]) -> list[Any]:
    """The details of the inputs in the order of `inputs`: by name where that tells, else as they come."""
    if len(inputs) == 1:
        return list(details)
    found = []
    for each in inputs:
        same = [detail for detail in details if Input(detail["name"], (1,)).plain_name == each.plain_name]
        found += same[:1]
    return found if len(found) == len(inputs) else list(details)


def _worst(wanted: Sequence[np.ndarray], found: Sequence[np.ndarray]) -> float:
    """The largest difference of any output over the largest of its values; outputs in whichever order fits best."""
    if len(wanted) != len(found):
        return float("inf")
    if len(wanted) == 1 or len(wanted) > 4:
        orders: Any = [tuple(range(len(wanted)))]
    else:
        orders = permutations(range(len(wanted)))
    return min(max(_apart(wanted[i], found[j]) for i, j in enumerate(order)) for order in orders)


def _apart(wanted: np.ndarray, found: np.ndarray) -> float:
    if wanted.size != found.size or not np.isfinite(wanted).all():
        return 0.0 if wanted.size == found.size and not np.isfinite(found).all() else float("inf")
    largest = max(float(np.abs(wanted).max(initial=0)), 1e-6)
    ways = [wanted.reshape(-1)]
    if wanted.ndim > 2:
        ways += [np.moveaxis(wanted, 1, -1).reshape(-1)]
    return min(float(np.abs(way - found.reshape(-1)).max(initial=0)) for way in ways) / largest
