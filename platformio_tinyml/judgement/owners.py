"""Manifests -> who owns which symbol, and whether the firmware holds it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from ..firmware.attribution import RUNTIME
from ..firmware.footprint import Footprint, SizeEntry
from ..firmware.memory import MemoryMap
from ..manifest import Manifest


def arena_owner(model: str) -> str:
    """Owner name of a model's arena."""
    return f"arena:{model}"


def weights_owner(model: str) -> str:
    """Owner name of a model's constants."""
    return f"weights:{model}"


def owners_of(manifests: Iterable[Manifest]) -> dict[str, str]:
    """C symbol -> owner, and generated file (without endings) -> owner for a linker map that lacks symbols."""
    owners: dict[str, str] = {}
    for manifest in manifests:
        for source in manifest.sources:
            stem = PurePosixPath(source).name.partition(".")[0]
            owners[stem] = weights_owner(manifest.name) if stem.endswith("_weights") else RUNTIME
        owners.update(manifest.symbols)
    return owners


def is_used(footprint: Footprint, manifest: Manifest) -> bool | None:
    """Whether the firmware holds the model; None where that cannot be told (no symbols)."""
    if not footprint.has_symbols:
        return None
    owners = (arena_owner(manifest.name), weights_owner(manifest.name))
    return any(
        _is_object(entry, owners) or entry.symbol.partition(".")[0] == manifest.invoke for entry in footprint.entries
    )


def brings_arena(footprint: Footprint, manifest: Manifest) -> bool:
    """Whether the application gives the interpreter an arena of its own: then the one of the build is not linked."""
    owners = (arena_owner(manifest.name),)
    return manifest.runtime == "tflm" and not any(_is_object(entry, owners) for entry in footprint.entries)


def _is_object(entry: SizeEntry, owners: tuple[str, ...]) -> bool:
    """An object of one of these owners; what has no symbol is padding, or the rest of a file."""
    return bool(entry.symbol) and entry.owner in owners


def expected(manifests: Iterable[Manifest]) -> Footprint:
    """What is certain before linking: every model's arena and constants. The firmware will take more."""
    entries: list[SizeEntry] = []
    for manifest in manifests:
        entries.append(SizeEntry(weights_owner(manifest.name), "", "", manifest.weights, 0))
        entries.append(SizeEntry(arena_owner(manifest.name), "", "", 0, manifest.arena.least))
    return Footprint(tuple(entries), (), MemoryMap((), (), False, "the models alone"), has_symbols=False)
