"""The runtime's own sources, as they go beside generated files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..manifest import Manifest
from ..shared_arena import SOURCE, shared_arena_text
from .environment import MARKER, GeneratedFile, template_text

RUNTIME = Path(__file__).parent.parent / "runtime"
FOLDER = "tinyml/"
"""Below the generated files."""
INCLUDED = ".inc"
"""Ending of a kernel's source there: tinyml_kernels.c includes it, and a build that compiles all that it finds in all
folders, as PlatformIO does in src/, compiles each kernel once."""


def kernel_sources() -> frozenset[str]:
    """Names of all kernel sources that this version has."""
    return frozenset(path.name for path in RUNTIME.glob("src/*.c"))


def runtime_files(kernels: Iterable[str]) -> tuple[GeneratedFile, ...]:
    """All that `cc DIR/*.c` needs beside the generated files of models that call these kernels."""
    public = sorted(RUNTIME.glob("include/*.h"))
    sources = [RUNTIME / "src" / name for name in sorted(set(kernels))]
    copies = [(path, path.name) for path in sorted(RUNTIME.glob("src/*.h"))]
    copies += [(path, path.stem + INCLUDED) for path in sources]
    return (
        *(GeneratedFile(path.name, _copy(path)) for path in public),
        *(GeneratedFile(FOLDER + name, _lead_up(_copy(path), public)) for path, name in copies),
        GeneratedFile(
            "tinyml_kernels.c",
            template_text("kernels.c.j2", files=[path.stem + INCLUDED for path in sources], folder=FOLDER),
        ),
    )


def shared_arena(manifests: Iterable[Manifest]) -> GeneratedFile:
    """The arena of those models that share one."""
    return GeneratedFile(SOURCE, shared_arena_text(manifests, MARKER))


def _copy(path: Path) -> str:
    return f"/* {MARKER} */\n{path.read_text('utf-8')}"


def _lead_up(text: str, public: Iterable[Path]) -> str:
    """`text` of a file in FOLDER, including the public headers from the folder above without any -I."""
    for header in public:
        text = text.replace(f'#include "{header.name}"', f'#include "../{header.name}"')
    return text
