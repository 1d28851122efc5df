"""Manifest: what `generate` tells the later stages of a model, as JSON beside the generated C.

The glue inside PlatformIO reads the same JSON with the standard library alone.
"""

from .arena import OWN, SHARED, SHARED_ARENA, SHARED_OWNER, USER, ArenaInfo, LeastArena, Peak, PlacedBuffer, StaticArena
from .manifest import (
    CallInfo,
    Manifest,
    TableInfo,
    TensorInfo,
    invoke_of,
    least_ram,
    manifest_from_json,
    read_manifest,
)
from .simplification import CutTensor, ResizedTensor, Simplification, ranges
from .streams import StreamedTensor, StreamInfo

__all__ = [
    "OWN",
    "SHARED",
    "SHARED_ARENA",
    "SHARED_OWNER",
    "USER",
    "ArenaInfo",
    "CallInfo",
    "CutTensor",
    "LeastArena",
    "Manifest",
    "Peak",
    "PlacedBuffer",
    "ResizedTensor",
    "Simplification",
    "StaticArena",
    "StreamInfo",
    "StreamedTensor",
    "TableInfo",
    "TensorInfo",
    "invoke_of",
    "least_ram",
    "manifest_from_json",
    "ranges",
    "read_manifest",
]
