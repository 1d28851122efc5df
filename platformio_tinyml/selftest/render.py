"""The self test's C: the models' table with their inputs, and what its build is told."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..manifest import USER, Manifest
from ..verify.pieces import pieces_by_turn
from ..verify.samples import Samples
from .plan import is_probed

DEVICE = Path(__file__).parent / "device"
COMMON = ("tinyml_selftest.c", "tinyml_selftest.h", "tinyml_selftest_clock.h", "tinyml_selftest_stack.h")
PER_LINE = 24


@dataclass(frozen=True)
class Settings:
    """`nonce` of the build; `probe`: look for the smallest arenas of models that TFLM runs.

    `speed` of the port in baud; `once`: run once and end; `trace`: look into the models.

    `arduino`: the program is a sketch. `port`: the project's C or C++ source of the port, None for the usual one.
    """

    nonce: str
    speed: int
    once: bool
    trace: bool
    arduino: bool
    probe: bool
    port: Path | None = None


def render(manifests: Sequence[Manifest], samples: Sequence[Samples], settings: Settings) -> dict[str, str]:
    """Text by file name: sources of the program, and for a build with `trace` a header for each model's sources."""
    names = [*COMMON, "main.cpp" if settings.arduino else "main.c"]
    files = {name: (DEVICE / name).read_text("utf-8") for name in names}
    files["tinyml_selftest_config.h"] = _config(settings)
    files["vectors.c"] = _vectors(manifests, samples, settings)
    if settings.port:
        # Where the compiler finds what the source includes from its own folder.
        files[f"port{settings.port.suffix}"] = f"#include {json.dumps(settings.port.as_posix())}\n"
    if settings.trace:
        for manifest in manifests:
            trace = _tflm_trace if manifest.runtime == "tflm" else _compiled_trace
            files[trace_header(manifest.name)] = trace(manifest)
    return files


def trace_header(name: str) -> str:
    """The file that is included before the sources of the model `name`."""
    return f"tinyml_trace_{name}.h"


def _config(settings: Settings) -> str:
    rows = [f'#define TINYML_SELFTEST_NONCE "{settings.nonce}"', f"#define TINYML_SELFTEST_SPEED {settings.speed}"]
    flags = (("ONCE", settings.once), ("TRACE", settings.trace), ("PORT", settings.port))
    rows += [f"#define TINYML_SELFTEST_{name} 1" for name, value in flags if value]
    return "#ifndef TINYML_SELFTEST_CONFIG_H\n#define TINYML_SELFTEST_CONFIG_H\n" + "\n".join(rows) + "\n#endif\n"


def _vectors(manifests: Sequence[Manifest], samples: Sequence[Samples], settings: Settings) -> str:
    lines = ["/* The models, with their inputs. */", '#include "tinyml_selftest.h"', "", "#include <tinyml_flash.h>"]
    lines += [f"#include <{manifest.header}>" for manifest in manifests]
    for manifest, each in zip(manifests, samples, strict=True):
        lines += ["", *_model(manifest, each)]
        lines += _probe(manifest) if is_probed(manifest, probe=settings.probe) else []
    lines += ["", "const tinyml_selftest_model tinyml_selftest_models[] = {"]
    lines += [_row(manifest, each, settings) for manifest, each in zip(manifests, samples, strict=True)]
    lines += ["};", f"const uint8_t tinyml_selftest_model_count = {len(manifests)};"]
    if settings.trace:
        for manifest in manifests:
            lines += ["", *_trace_plan(manifest)]
        rows = [f"    {{{m.name}_counts, {m.name}_pieces}}," for m in manifests]
        lines += ["", "const tinyml_trace_plan tinyml_trace_plans[] = {", *rows, "};"]
    return "\n".join(lines) + "\n"


def _model(manifest: Manifest, samples: Samples) -> Iterable[str]:
    name = manifest.name
    data = b"".join(each for sample in samples.inputs for each in sample)
    yield f"static const int8_t {name}_selftest_inputs[{max(len(data), 1)}] TINYML_FLASH = {{"
    yield from _numbers([byte - 256 if byte > 127 else byte for byte in data] or [0])
    yield "};"
    for kind, tensors in (("input", manifest.inputs), ("output", manifest.outputs)):
        sizes = ", ".join(str(tensor.bytes) for tensor in tensors) or "0"
        yield f"static const uint32_t {name}_selftest_{kind}_bytes[] = {{{sizes}}};"
        yield f"static void *{name}_selftest_{kind}(int index) {{ return (void *){name}_{kind}(index); }}"
    if manifest.arena.whose == USER:
        size = f"{name.upper()}_ARENA_SIZE" if manifest.runtime == "compiled" else str(manifest.arena.size)
        yield f"static uint8_t {name}_selftest_arena[{size}] __attribute__((aligned(16)));"
        yield f"static tinyml_status {name}_selftest_init(void) {{"
        yield f"    return {name}_init_with({name}_selftest_arena, sizeof {name}_selftest_arena);"
        yield "}"
    anchor = next((each for each in (*manifest.inputs, *manifest.outputs) if each.offset is not None), None)
    if anchor is not None:
        base = f"(uint8_t *){anchor.accessor}() - {anchor.offset}"
        yield f"static uint8_t *{name}_selftest_base(void) {{ return {base}; }}"


def _probe(manifest: Manifest) -> Iterable[str]:
    """The sizes that init is tried with: of the arena, and of what a split one has beside it."""
    name = manifest.name
    is_split = manifest.arena.persistent is not None
    beside = ", void *persistent, size_t persistent_size" if is_split else ""
    yield f"extern tinyml_status {name}_init_from(const void *model_bytes, void *arena, size_t size{beside});"
    yield f"static uint32_t {name}_selftest_sizes[2];"
    yield f"static tinyml_status {name}_selftest_init(void) {{"
    beside = f", {name}_persistent, {name}_selftest_sizes[1]" if is_split else ""
    yield f"    return {name}_init_from({name}_tflite, {name}_arena, {name}_selftest_sizes[0]{beside});"
    yield "}"
    yield f"static uint32_t *{name}_selftest_whole(void) {{"
    yield f"    {name}_selftest_sizes[0] = (uint32_t){name}_arena_size;"
    yield f"    {name}_selftest_sizes[1] = {f'(uint32_t){name}_persistent_size' if is_split else '0'};"
    yield f"    return {name}_selftest_sizes;"
    yield "}"


def _row(manifest: Manifest, samples: Samples, settings: Settings) -> str:
    name = manifest.name
    own = f"{name}_selftest"
    probed = is_probed(manifest, probe=settings.probe)
    init = f"{own}_init" if probed or manifest.arena.whose == USER else manifest.init
    has_base = any(each.offset is not None for each in (*manifest.inputs, *manifest.outputs))
    values = [
        f'"{name}"',
        init,
        manifest.invoke,
        f"{name}_reset",
        f"{own}_input",
        f"{own}_output",
        f"{own}_base" if has_base else "NULL",
        f"{own}_whole" if probed else "NULL",
        f"{own}_input_bytes",
        f"{own}_output_bytes",
        f"{own}_inputs",
        str(manifest.arena.size),
        str(len(manifest.inputs)),
        str(len(manifest.outputs)),
        str(len(samples.inputs)),
    ]
    return "    {" + ", ".join(values) + "},"


def _trace_plan(manifest: Manifest) -> Iterable[str]:
    turns = () if manifest.runtime == "tflm" else pieces_by_turn(manifest)
    yield f"static const uint16_t {manifest.name}_counts[] = {{"
    yield from _numbers([len(turn) for turn in turns] or [0])
    yield "};"
    yield f"static const uint32_t {manifest.name}_pieces[] = {{"
    yield from _numbers([number for turn in turns for piece in turn for number in (piece.offset, piece.size)] or [0])
    yield "};"


def _compiled_trace(manifest: Manifest) -> str:
    kernels = sorted({function for _, _, function, _ in manifest.calls})
    rows = ['#include "tinyml_kernels.h"', "void tinyml_trace_begin(void);", "void tinyml_trace_end(void);"]
    rows += [f"#define {each}(...) (tinyml_trace_begin(), {each}(__VA_ARGS__), tinyml_trace_end())" for each in kernels]
    return _guarded(rows)


def _tflm_trace(manifest: Manifest) -> str:
    rows = [f"#include <{manifest.name}_tflm.h>", (DEVICE / "trace_tflm.h").read_text("utf-8")]
    rows += [f"#define {manifest.name}_resolver tinyml_traced_resolver<{manifest.name}_resolver>"]
    return _guarded(rows)


def _guarded(rows: Iterable[str]) -> str:
    """For one kind of source: assembler files get the same flags."""
    return "#ifndef __ASSEMBLER__\n#pragma once\n" + "\n".join(rows) + "\n#endif\n"


def _numbers(numbers: Sequence[int]) -> Iterable[str]:
    for at in range(0, len(numbers), PER_LINE):
        yield "    " + ", ".join(map(str, numbers[at : at + PER_LINE])) + ","
