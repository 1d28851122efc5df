"""How much a file may unpack to, checked on what it declares before any of it is read."""

from __future__ import annotations

from dataclasses import dataclass

from .say import Refusal

LARGEST_MODEL = 1 << 29
"""Bytes of a model, unpacked: 128 million float32, twice what the flash of any microcontroller holds as int8."""
LARGEST_CONFIG = 1 << 25
"""Bytes of a configuration (JSON)."""
LARGEST_DATA = 1 << 32
"""Bytes of data, unpacked."""
MOST_PARTS = 100_000
"""Arrays, groups, attributes, members of an archive, files of a folder."""


@dataclass
class Bounds:
    """The bytes and the parts that a file has declared so far; `name` is what errors call it."""

    name: str
    most: int
    size: int = 0
    parts: int = 0

    def add(self, *factors: int) -> None:
        """Bytes, as a product. Refusal where they are too many in sum, or negative."""
        product = 1
        for factor in factors:
            if factor < 0:
                raise ValueError(f"a size of {factor}")
            product *= int(factor)
        self.size += product
        if self.size > self.most:
            raise Refusal(
                "model" if self.most == LARGEST_MODEL else "usage",
                f"{self.name} would unpack to {_amount(self.size)} or more; {_amount(self.most)} are taken",
                "No microcontroller holds such a model: give a smaller one."
                if self.most == LARGEST_MODEL
                else "Give fewer samples: 100 to 500 do.",
                "model-size" if self.most == LARGEST_MODEL else "data-size",
            )

    def count(self) -> None:
        """One part more."""
        self.parts += 1
        if self.parts > MOST_PARTS:
            raise ValueError(f"it has more than {MOST_PARTS:,} parts")


def _amount(size: int) -> str:
    return f"{size / 1e9:,.1f} GB" if size < 1e15 else f"10^{len(str(size)) - 1} bytes"
