"""Params: the numbers that a kernel is given."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Params:
    """Initialiser of the C struct that a kernel takes, `fields` in the order of the struct's members.

    `struct` is the type's name (`tinyml_conv_2d_params`); values are integers (int32 range).
    """

    struct: str
    fields: tuple[tuple[str, int], ...]
