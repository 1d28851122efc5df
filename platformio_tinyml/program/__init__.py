"""The lowered form of a model: kernel calls over tensors and constants, and where tensors lie in the arena."""

from .arena_plan import ARENA_ALIGNMENT, BUFFER_ALIGNMENT, SCRATCH_ALIGNMENT, ArenaBuffer, ArenaPlan, Placement
from .program import (
    Constant,
    ConstantRef,
    KernelCall,
    Omitted,
    Operand,
    Overlap,
    Params,
    Program,
    State,
    TensorRef,
    View,
)

__all__ = [
    "ARENA_ALIGNMENT",
    "BUFFER_ALIGNMENT",
    "SCRATCH_ALIGNMENT",
    "ArenaBuffer",
    "ArenaPlan",
    "Constant",
    "ConstantRef",
    "KernelCall",
    "Omitted",
    "Operand",
    "Overlap",
    "Params",
    "Placement",
    "Program",
    "State",
    "TensorRef",
    "View",
]
