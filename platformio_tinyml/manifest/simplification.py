"""What was left out of a model before it became C, as its manifest has it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

MOST_CHANNELS = 1 << 24
"""Of a tensor that lost some."""


@dataclass(frozen=True)
class CutTensor:
    """A tensor of the file that has fewer channels in the firmware: of `channels`, along its last dimension, `kept`.

    `kept` lists them rising, as `0-3,5`. `operator` writes the tensor, whose elements have `element` bytes.
    """

    tensor: int
    operator: int
    name: str
    channels: int
    element: int
    kept: str

    def indices(self) -> tuple[int, ...]:
        """`kept` as numbers. Raises ValueError for anything but a rising list of channels of the tensor."""
        found: list[int] = []
        for part in self.kept.split(","):
            match = re.fullmatch(r"([0-9]{1,9})(?:-([0-9]{1,9}))?", part, re.ASCII)
            first, last = (int(end or match[1]) for end in match.groups()) if match else (1, 0)
            if not (found[-1] if found else -1) < first <= last < self.channels <= MOST_CHANNELS:
                raise ValueError(f"{part[:30]!r} is no range of {self.channels} channels")
            found.extend(range(first, last + 1))
        return tuple(found)

    def cut(self, data: bytes) -> bytes:
        """What the firmware has of the bytes of the whole tensor."""
        size, kept = self.element, self.indices()
        rows = range(0, len(data), self.channels * size)
        return b"".join(data[row + size * each : row + size * (each + 1)] for row in rows for each in kept)


def ranges(numbers: Sequence[int]) -> str:
    """Rising numbers as CutTensor.kept has them."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and parts[-1][1] == number - 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)


@dataclass(frozen=True)
class ResizedTensor:
    """A tensor of which the file leaves the shape open and states another than the firmware's."""

    tensor: int
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Simplification:
    """What was left out of the file's model before it became C: the outputs are the same to the byte.

    Of the `channels` that the operators with filters compute, `constant` have one value whatever the input is, and
    `removed` are not computed. `constants` are the bytes of the file's constants that its operators read, `macs` its
    multiply-accumulates, each before and after. `steps` say what else was done, a line each. `unlike_tflm`: what of the
    file TFLM computes otherwise than TensorFlow Lite, and than the firmware.
    """

    channels: int
    constant: int
    removed: int
    constants: tuple[int, int]
    macs: tuple[int, int]
    cut: tuple[CutTensor, ...] = ()
    steps: tuple[str, ...] = ()
    resized: tuple[ResizedTensor, ...] = ()
    unlike_tflm: str = ""

    def note(self) -> str:
        """One line for tables; "" where nothing was left out."""
        if not self.removed and not self.steps:
            return ""
        never = f"{self.constant:,} of {self.channels:,} channels never change, {self.removed:,} left out; "
        return (
            f"simplified: {never if self.removed else ''}{self.constants[0]:,} -> {self.constants[1]:,} bytes of "
            f"constants, {self.macs[0]:,} -> {self.macs[1]:,} MACs"
        )

    def sentences(self) -> tuple[str, ...]:
        """For people; none where nothing could be left out."""
        found = [f"{step}." for step in self.steps]
        if self.constant:
            found.append(
                f"{self.constant:,} of the {self.channels:,} channels that its filters compute have one value whatever "
                f"the input is; {self.removed:,} are left out, with equal outputs; training again may put them to use."
            )
        if self.removed or self.steps:
            found.append(
                f"Constants {self.constants[0]:,} -> {self.constants[1]:,} bytes, "
                f"MACs {self.macs[0]:,} -> {self.macs[1]:,}."
            )
        return tuple(found)
