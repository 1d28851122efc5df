"""C text of a planned program: header, kernel calls, tables, manifest."""

from .environment import MARKER, GeneratedFile
from .facts import make_manifest, oversized
from .render import render
from .runtime_files import kernel_sources, runtime_files, shared_arena

__all__ = [
    "MARKER",
    "GeneratedFile",
    "kernel_sources",
    "make_manifest",
    "oversized",
    "render",
    "runtime_files",
    "shared_arena",
]
