"""The lowered form of a model: kernel calls over tensors and constants, and where tensors lie in the arena."""

from .arena_plan import ARENA_ALIGNMENT, BUFFER_ALIGNMENT, SCRATCH_ALIGNMENT, ArenaBuffer, ArenaPlan, Placement
from .params import Params
from .program import (
    Constant,
    ConstantRef,
    KernelCall,
    Omitted,
    Operand,
    Overlap,
    Program,
    State,
    TensorRef,
    View,
)
from .stream import APPLICATION, Reading, Stage, Stream, Window, scale_of
from .sweep import Kind, Sweep

__all__ = [
    "APPLICATION",
    "ARENA_ALIGNMENT",
    "BUFFER_ALIGNMENT",
    "SCRATCH_ALIGNMENT",
    "ArenaBuffer",
    "ArenaPlan",
    "Constant",
    "ConstantRef",
    "KernelCall",
    "Kind",
    "Omitted",
    "Operand",
    "Overlap",
    "Params",
    "Placement",
    "Program",
    "Reading",
    "Stage",
    "State",
    "Stream",
    "Sweep",
    "TensorRef",
    "View",
    "Window",
    "scale_of",
]
