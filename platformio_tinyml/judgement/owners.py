"""Manifests -> who owns which symbol, and whether the firmware holds it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import PurePosixPath

from ..firmware.attribution import RUNTIME
from ..firmware.footprint import Footprint, SizeEntry
from ..firmware.memory import MemoryMap
from ..manifest import SHARED, SHARED_OWNER, USER, Manifest


def arena_owner(manifest: Manifest) -> str:
    """Owner name of a model's arena, or of the one that it shares; of an application's nothing is billed to it."""
    return SHARED_OWNER if manifest.arena.whose == SHARED else f"arena:{manifest.name}"


def weights_owner(model: str) -> str:
    """Owner name of a model's constants."""
    return f"weights:{model}"


def state_owner(model: str) -> str:
    """Owner name of what a model remembers from one invoke to the next."""
    return f"state:{model}"


def owners_of(manifests: Iterable[Manifest]) -> dict[str, str]:
    """C symbol -> owner, and generated file (without endings) -> owner for a linker map that lacks symbols."""
    owners: dict[str, str] = {}
    for manifest in manifests:
        for source in manifest.sources:
            stem = PurePosixPath(source).name.partition(".")[0]
            owners[stem] = weights_owner(manifest.name) if stem.endswith("_weights") else RUNTIME
        owners.update(manifest.symbols)
    return owners


def tables_of(manifests: Iterable[Manifest]) -> list[tuple[str, int, str]]:
    """The constants of the models, as `measure_linked` takes them."""
    return [(table.symbol, table.bytes, table.crc32) for manifest in manifests for table in manifest.tables]


def is_used(footprint: Footprint, manifest: Manifest) -> bool | None:
    """Whether the firmware holds the model; None where that cannot be told (no symbols)."""
    if not footprint.has_symbols:
        return None
    owners = (*({arena_owner(manifest)} - {SHARED_OWNER}), weights_owner(manifest.name))
    return any(
        _is_object(entry, owners) or entry.symbol.partition(".")[0] == manifest.invoke for entry in footprint.entries
    )


def brings_arena(footprint: Footprint, manifest: Manifest) -> bool:
    """Whether the application gives the interpreter an arena of its own: then the one of the build is not linked."""
    if manifest.arena.whose == USER:
        return True
    owners = (arena_owner(manifest),)
    return manifest.runtime == "tflm" and not any(_is_object(entry, owners) for entry in footprint.entries)


def _is_object(entry: SizeEntry, owners: tuple[str, ...]) -> bool:
    """An object of one of these owners; what has no symbol is padding, or the rest of a file."""
    return bool(entry.symbol) and entry.owner in owners


def with_states(footprint: Footprint, manifests: Iterable[Manifest]) -> Footprint:
    """The state that lies inside an arena is billed to its own owner, as the state that lies beside one is."""
    states = {f"arena:{manifest.name}": manifest for manifest in manifests if manifest.state_in_arena}
    entries: list[SizeEntry] = []
    for entry in footprint.entries:
        manifest = states.get(entry.owner)
        if manifest is None or entry.symbol.partition(".")[0] != _holds_state(manifest):
            entries.append(entry)
            continue
        sizes = {kind: getattr(entry, kind) for kind in ("flash", "ram", "other")}
        inside = {kind: min(size, manifest.state_in_arena) for kind, size in sizes.items()}
        entries.append(replace(entry, **{kind: size - inside[kind] for kind, size in sizes.items()}))
        entries.append(replace(entry, owner=state_owner(manifest.name), **inside))
    return replace(footprint, entries=tuple(entries))


def _holds_state(manifest: Manifest) -> str:
    return f"{manifest.name}_arena" if manifest.arena.persistent is None else manifest.persistent_symbol


def expected(manifests: Iterable[Manifest]) -> Footprint:
    """What is certain before linking: every model's arena, state and constants. The firmware will take more."""
    entries: list[SizeEntry] = []
    arenas: dict[str, int] = {}
    for manifest in manifests:
        entries.append(SizeEntry(weights_owner(manifest.name), "", "", manifest.weights, 0))
        for owner, size in manifest.arena_arrays().items():
            arenas[owner] = max(arenas.get(owner, 0), size)
        state = manifest.least_ram - manifest.least_arena
        if state:
            entries.append(SizeEntry(state_owner(manifest.name), "", "", 0, state))
    entries += [SizeEntry(owner, "", "", 0, size) for owner, size in arenas.items() if size]
    return Footprint(tuple(entries), (), MemoryMap((), (), False, "the models alone"), has_symbols=False)
