"""What the conversion environment holds, by the kind of source: TensorFlow always, a converter before it for some.

Standard library only.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Packages:
    """`own`: what is added to requirements.txt and pins.txt, by the name of its two files; "" for nothing.

    `before` are installed first, with their own needs and without hashes. `download` and `whole` are bytes, about.
    """

    what: str
    own: str
    download: int
    whole: int
    before: tuple[str, ...] = ()

    @property
    def requirements(self) -> tuple[Path, ...]:
        """What decides the bytes of a result."""
        return tuple(HERE / f"requirements{name}.txt" for name in self._names)

    @property
    def pins(self) -> tuple[Path, ...]:
        """What is installed, one file after another: that and all that it needs, with hashes."""
        return tuple(HERE / f"pins{name}.txt" for name in self._names)

    @property
    def _names(self) -> tuple[str, ...]:
        return ("", f"-{self.own}") if self.own else ("",)


TENSORFLOW = Packages("TensorFlow", "", 600_000_000, 2_100_000_000)
_OF_SUFFIX = {
    ".onnx": Packages("onnx2tf and TensorFlow", "onnx", 650_000_000, 2_300_000_000),
    ".pt2": Packages(
        "litert-torch, PyTorch and TensorFlow", "pt2", 1_200_000_000, 4_100_000_000, before=("torch==2.13.0",)
    ),
}


def packages_for(source: Path) -> Packages:
    """Those that convert a source of this name."""
    return _OF_SUFFIX.get(source.suffix.lower(), TENSORFLOW)
