"""`pio-tinyml bound`: what `probe` writes, with an arena that is bounded: for targets that cannot be emulated."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ..errors import ExitCode, SetupError, TinymlError, UsageError
from ..files import read_bytes
from ..firmware.elf import read_image
from ..firmware.image import Image
from ..manifest import Manifest, StaticArena
from ..sizes import parse_size
from ..tflite import read_model
from ..tflite.metadata import read_offline_plan
from ..tflm.agreement import compare
from ..tflm.kernel_sets import Kernels
from ..tflm.search import round_to_step
from ..tflm.static_plan import StaticPlan, static_plan
from ..tflm.struct_sizes import StructSizes, read_struct_sizes
from .kernels import add_kernels_argument
from .probe import add_shared_arguments, beside, read_tflm_manifest, refuse_fixed_split, ship, with_margin

if TYPE_CHECKING:
    from ..tflm.probe import Measurement
    from ..tflm.twin_build import TwinPlan

EXAMPLE = """example:
  pio-tinyml bound struct_sizes.o --manifest generated/kws_model.json --model models/kws.tflite -o generated

struct_sizes.o is tflm/struct_sizes.cc compiled as the library is, without LTO. The arena is never too small where the
bound's rules hold (docs/arena.md), and may be too large. --arena-size is taken as it is. With --twin the arena is
what the probe takes that was built of the same sources for a machine that the emulator runs (docs/tflm.md)."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `bound`."""
    parser.epilog = EXAMPLE
    parser.add_argument("sizes", metavar="OBJECT", type=Path, help="tflm/struct_sizes.cc compiled as the library is")
    parser.add_argument("--model", metavar="MODEL", type=Path, required=True, help="the .tflite file")
    add_kernels_argument(parser, default=Kernels.REFERENCE)
    parser.add_argument(
        "--device-arena", metavar="BYTES", type=int, help="the smallest that the device took, with this very code"
    )
    parser.add_argument("--device-persistent", metavar="BYTES", type=int, help="how many of them, of a split arena")
    twins = parser.add_mutually_exclusive_group()
    twins.add_argument(
        "--twin",
        metavar=("PROBE.elf", "TWIN_SIZES.o"),
        type=Path,
        nargs=2,
        help="a probe of the same sources for RV32, and tflm/struct_sizes.cc compiled as for it",
    )
    twins.add_argument("--twin-plan", metavar="FILE", type=Path, help="how to build them, as a build wrote it")
    twins.add_argument(
        "--twin-commands", metavar="FILE", type=Path, help="compile_commands.json: build it of those sources"
    )
    twins.add_argument("--no-twin", metavar="REASON", help="why there is none, to be told")
    parser.add_argument("--twin-compiler", metavar="GCC", help="for RV32, with --twin-commands")
    parser.add_argument(
        "--twin-objects", metavar="OBJECT", type=Path, nargs="+", action="extend", help="of the library, likewise"
    )
    add_shared_arguments(parser)


def run(args: argparse.Namespace) -> ExitCode:
    """Bound the arena of one model."""
    manifest = read_tflm_manifest(args.manifest)
    if args.types:
        compare(*args.types)
    data = read_bytes(args.model)
    model = read_model(data, manifest.name)
    twin, no_twin = _twin(args, manifest, data)
    split = manifest.arena.persistent is not None
    refuse_fixed_split(args.arena_size, manifest.arena.persistent)
    # What a device took of an arena that was split otherwise says nothing of this one.
    device = None
    if args.device_arena is not None and (args.device_persistent is not None) == split:
        device = args.device_arena, args.device_persistent
    plan: StaticPlan | None = None
    try:
        plan = static_plan(model, read_struct_sizes(args.sizes), args.kernels, read_offline_plan(data), split=split)
    except TinymlError as error:
        if args.arena_size is None and twin is None:
            error.message += f"; {no_twin}" if no_twin else ""
            raise
    bound = None if plan is None else plan.total
    took = None if twin is None else twin.total
    if twin is not None:
        from ..tflm.twin import disagreement

        wrong = disagreement(twin.total, bound, device[0] if device else None)
        if wrong is None and split:
            parts = (plan.size, plan.persistent) if plan else (None, None)
            wrong = disagreement(twin.size, parts[0], None)
            wrong = wrong or disagreement(twin.persistent or 0, parts[1], device[1] if device else None)
        if wrong:
            raise wrong
    known = plan if twin is None else twin
    persistent: int | None = None
    if known is None or args.arena_size is not None:
        size, method = _fixed(args.arena_size, took), "fixed"
    elif device is not None:
        _refuse_other(device, (known.total, known.persistent))
        (size, persistent), method = with_margin(*device, args.arena_margin), "device"
    else:
        size, persistent = with_margin(known.total, known.persistent, args.arena_margin)
        method = "bound" if twin is None else "twin"
    static = None if bound is None else StaticArena(bound, "bound", args.kernels.value)
    manifest = replace(manifest, arena=replace(manifest.arena, static=static, no_twin=no_twin))
    document = {
        "schema": "tinyml-arena/1",
        "name": manifest.name,
        "size": size,
        "method": method,
        "bound": bound,
        "persistent": persistent,
        "twin": took,
        "no_twin": no_twin,
        "kernels": args.kernels.value,
        "lower_bound": manifest.arena.lower_bound,
    }
    if twin is not None:
        told = f"{took:,} are needed, measured in the twin"
    else:
        told = "no bound is known" if bound is None else f"at most {bound:,} are needed, not measured"
    text = f"{manifest.name}: arena of {size:,} bytes ({method}); {told}"
    text += "".join(f"\n{line}" for line in beside(persistent))
    text += f"\n  no figure of the twin: {no_twin}" if no_twin else ""
    ship(args, manifest, data, document, text)
    return ExitCode.OK


def _twin(args: argparse.Namespace, manifest: Manifest, model: bytes) -> tuple[Measurement | None, str | None]:
    """(the twin's arena, None), or (None, why there is none; None where none was asked for)."""
    if args.twin is None and args.twin_plan is None and args.twin_commands is None:
        return None, args.no_twin
    own = read_struct_sizes(args.sizes)
    given = (read_image(args.twin[0]), read_struct_sizes(args.twin[1])) if args.twin else None
    try:
        from ..tflm.twin import require_same_layout, twin_arena  # with the emulator, which a bound does without

        with TemporaryDirectory() as folder:
            image, sizes = given or _built(_plan(args, manifest), manifest.name, own, Path(folder))
            require_same_layout(own, sizes)
            return twin_arena(image, manifest, model), None
    except SetupError as error:
        return None, error.message


def _plan(args: argparse.Namespace, manifest: Manifest) -> TwinPlan:
    """What a build wrote, or what CMake compiles."""
    if args.twin_plan is not None:
        from ..tflm.twin_build import read_plan

        return read_plan(args.twin_plan)
    from ..tflm.compile_commands import plan_of

    if not args.twin_compiler or not args.twin_objects:
        raise UsageError("--twin-commands wants --twin-compiler, and --twin-objects", "Give them.")
    # Without the arena's, which is not there yet.
    generated = [path for path in (args.manifest.parent / name for name in manifest.sources) if path.is_file()]
    return plan_of(args.twin_commands, args.twin_compiler, args.twin_objects, generated, args.output / "twin")


def _built(plan: TwinPlan, name: str, own: StructSizes, folder: Path) -> tuple[Image, StructSizes]:
    """A probe, and how structs are laid out in it; SetupError before the library is compiled for nothing."""
    from ..tflm.twin import require_same_layout
    from ..tflm.twin_build import TwinBuild

    build = TwinBuild(plan)
    sizes = build.struct_sizes(folder)
    require_same_layout(own, sizes)
    return read_image(build.probe(name, folder)), sizes


def _fixed(text: str, twin: int | None) -> int:
    size = round_to_step(parse_size(text, None))
    if twin is not None and size < twin:
        raise UsageError(
            f"an arena of {size:,} bytes is too small: this model takes {twin:,} with this library",
            "Leave the size to the build, or set at least that.",
            code="arena-too-small",
        )
    return size


def _refuse_other(device: tuple[int, int | None], bound: tuple[int, int | None]) -> None:
    """Two ways of knowing (all of the arena, its part beside) that disagree are told, both. UsageError."""
    (total, beside), (most, most_beside) = device, bound
    rows = [("an arena", total - (beside or 0), most - (most_beside or 0))]
    rows += [] if beside is None else [("a persistent arena", beside, most_beside or 0)]
    for what, size, limit in rows:
        if not 0 < size <= limit or size != round_to_step(size):
            raise UsageError(
                f"tinyml-device.json has {what} of {size:,} bytes, and the bound is {limit:,}",
                "Measure again: `pio run -t tinyml_probe`.",
            )
