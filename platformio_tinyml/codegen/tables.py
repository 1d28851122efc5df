"""The constants of a program as C arrays."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from ..program import Constant, Program
from .literals import STRUCT_FORMATS, braced, is_string, string_literal


@dataclass(frozen=True, slots=True)
class Table:
    """A constant as the array `name`; `as_string` makes it one byte longer, for the literal's final NUL."""

    name: str
    constant: Constant
    as_string: bool

    @property
    def size(self) -> int:
        """Bytes in the object file."""
        return len(self.constant.data) + self.as_string

    @property
    def elements(self) -> int:
        """Elements of the array."""
        return self.size // self._element

    @property
    def over_aligned(self) -> bool:
        """Whether the array wants more than its type's alignment."""
        return self.constant.alignment > self._element

    @property
    def comment(self) -> str:
        """What it is, to be made safe by the template."""
        return self.constant.comment or self.constant.name

    @property
    def initializer(self) -> str:
        """C text behind the `=`."""
        if self.as_string:
            return string_literal(self.constant.data)
        return " " + braced(self.constant.c_type, self.constant.data)

    @property
    def _element(self) -> int:
        return struct.calcsize(STRUCT_FORMATS[self.constant.c_type])


def tables(program: Program, portable: bool) -> tuple[Table, ...]:
    """All arrays of a program, in its order; `portable` avoids string literals."""
    return tuple(
        Table(
            name=f"{program.model.name}_{constant.name}",
            constant=constant,
            as_string=is_string(constant.c_type, constant.data, portable),
        )
        for constant in program.constants
    )
