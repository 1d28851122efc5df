"""How TFLM's structs are laid out on a target, from an object of struct_sizes.cc; nothing is linked or run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import SetupError
from ..firmware.objects import symbol_sizes

STRUCT_SIZES_SOURCE = Path(__file__).with_name("struct_sizes.cc")
"""To be compiled (-c) with the flags of the project's TFLM library, and link.STRUCT_SIZES_FLAGS."""

CORE = (
    "AllocationInfo",
    "GreedyMemoryPlanner",
    "MicroAllocator",
    "NodeAndRegistration",
    "ScratchBufferHandle",
    "SingleArenaBufferAllocator",
    "SubgraphAllocations",
    "ScratchBufferRequest",
    "TfLiteAffineQuantization",
    "TfLiteEvalTensor",
    "TfLiteIntArray",
    "TfLiteTensor",
    "pointer",
)
"""What every model takes; a library without one of these is older than the static plan."""

_SIZE, _ALIGN, _AT, _BASIC = "tinyml_size_", "tinyml_align_", "tinyml_at_", "basic_"

_UNKNOWN = (256, 8)
"""Stands for a struct of one operator that the library's headers do not show: more than any of them has."""


@dataclass(frozen=True, slots=True)
class StructSizes:
    """(size, alignment) in bytes of TFLM's structs, by C++ name without namespaces; `pointer` is that of a pointer.

    `basics` are those of C's own types, which decide how structs are laid out that no header shows. `offsets`: of the
    members that are known by name, as `struct.member`, in bytes.
    """

    structs: Mapping[str, tuple[int, int]]
    basics: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    offsets: Mapping[str, int] = field(default_factory=dict)

    def __getitem__(self, name: str) -> tuple[int, int]:
        """(size, alignment); more than enough for an operator's struct that is not known."""
        return self.structs.get(name, _UNKNOWN)

    @property
    def pointer(self) -> int:
        """Bytes of a pointer, and of a size_t."""
        return self["pointer"][0]


def read_struct_sizes(path: Path) -> StructSizes:
    """What an object of STRUCT_SIZES_SOURCE tells.

    Raises SetupError where it tells nothing, or where its library lacks a struct that every model needs.
    """
    sizes = symbol_sizes(path)
    names = [symbol.removeprefix(_SIZE) for symbol in sizes if symbol.startswith(_SIZE)]
    if not names:
        raise SetupError(
            f"{path} says nothing of TFLM's structs", "Compile struct_sizes.cc without LTO.", code="tflm-structs"
        )
    # Arrays are one byte longer than what they tell, because none may be empty.
    found = {name: (sizes[_SIZE + name] - 1, sizes.get(_ALIGN + name, 0) - 1) for name in names}
    structs = {name: struct for name, struct in found.items() if min(struct) > 0}
    missing = [name for name in CORE if name not in structs]
    if missing:
        raise SetupError(
            f"the project's TensorFlow Lite Micro has no {', '.join(missing)}: no bound can be given for its arena",
            "Update that library (it is older than 2022), or give the arena's size by hand.",
            code="tflm-structs",
        )
    basics = {name.removeprefix(_BASIC): struct for name, struct in structs.items() if name.startswith(_BASIC)}
    own = {name: struct for name, struct in structs.items() if not name.startswith(_BASIC)}
    # Two bytes longer than the offset; one byte says that there is no such member.
    at = {symbol: size - 2 for symbol, size in sizes.items() if symbol.startswith(_AT) and size > 1}
    offsets = {symbol.removeprefix(_AT).replace("__", ".", 1): offset for symbol, offset in at.items()}
    return StructSizes(own, basics, offsets)
