"""`pio-tinyml probe`: run a linked model in the emulator and write what the firmware needs of it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

from ..errors import ExitCode, ModelError, UsageError
from ..files import write_text
from ..firmware.elf import read_image
from ..manifest import Manifest, read_manifest
from ..sizes import parse_size

EXAMPLE = """example:
  pio-tinyml probe probe.elf --manifest generated/kws_model.json -o generated

writes into DIR, of a model kws:
  kws_arena.json  what was measured
  kws_arena.c     the arena
  kws_tflite.c    the model's bytes, with the offline plan in them if that makes the arena smaller
  kws_model.json  the manifest, complete"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `probe`."""
    parser.epilog = EXAMPLE
    parser.add_argument(
        "elf", metavar="ELF", type=Path, nargs="?", help="the generated code linked with TFLM (docs/tflm.md)"
    )
    parser.add_argument("--link-flags", metavar="NAME", help="print how ELF of the model NAME is linked, a word a line")
    parser.add_argument("--offline-plan", choices=("auto", "off"), default="auto", help="default: auto")
    parser.add_argument("--cpu", metavar="NAME", default="", help="the core, as in -mcpu, if the ELF does not say")
    add_shared_arguments(parser, required=False)


def add_shared_arguments(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Declare what `bound` has too."""
    parser.add_argument("--manifest", metavar="M.json", type=Path, required=required, help="what `generate` wrote")
    parser.add_argument("-o", "--output", metavar="DIR", type=Path, required=required, help="folder for the files")
    parser.add_argument("--arena-margin", metavar="SIZE", help="bytes (or a percentage of the arena) to add")
    parser.add_argument("--arena-size", metavar="SIZE", help="the arena's size, fixed by hand; an error if too small")
    parser.add_argument("--portable-weights", action="store_true", help="no long string literals; slower to compile")
    parser.add_argument(
        "--types",
        metavar=("LIBRARY.o", "APPLICATION.o"),
        type=Path,
        nargs=2,
        help="tflm/agreement.cc compiled as the library and as the application: an error if they differ",
    )
    parser.add_argument("--json", action="store_true", help="print what was measured as JSON")


def run(args: argparse.Namespace) -> ExitCode:
    """Measure one model."""
    from ..tflm.agreement import compare
    from ..tflm.link import link_flags
    from ..tflm.measure import measure

    if args.link_flags:
        print("\n".join(link_flags(args.link_flags)))
        return ExitCode.OK
    if args.elf is None or args.manifest is None or args.output is None:
        raise UsageError("probe wants an ELF, --manifest and -o", "Give them.")
    manifest = read_tflm_manifest(args.manifest)
    if args.types:
        compare(*args.types)
    planner = _planner(manifest.name) if args.offline_plan == "auto" else lambda _: None
    measured = measure(read_image(args.elf), manifest, planner, cpu=args.cpu)
    size, persistent, method = _shipped(measured.size, measured.persistent, args)
    document = {
        "schema": "tinyml-arena/1",
        "name": manifest.name,
        "size": size,
        "method": method,
        "measured": measured.size,
        "persistent": persistent,
        "measured_persistent": measured.persistent,
        "lower_bound": manifest.arena.lower_bound,
        "instructions": measured.instructions,
        "stack": measured.stack,
        "offline_plan": asdict(measured.offline_plan) if measured.offline_plan else None,
        "skipped_constructors": list(measured.skipped),
    }
    ship(args, manifest, measured.model, document, _text(document))
    return ExitCode.OK


def ship(args: argparse.Namespace, manifest: Manifest, model: bytes, document: dict[str, object], text: str) -> None:
    """Write the files for an arena of `document`'s size, persistent part and method, and print it, or `text`."""
    from ..tflm.render import arena_file, array_file, of_array

    size, method = int(str(document["size"])), str(document["method"])
    persistent = document["persistent"]
    arena = replace(
        manifest.arena,
        size=size,
        method=method,
        persistent=None if persistent is None else int(str(persistent)),
    )
    complete = replace(manifest, **of_array(manifest.name, model), arena=arena)
    files = [
        arena_file(manifest.name, arena),
        array_file(manifest.name, model, source=manifest.source, portable_weights=args.portable_weights),
    ]
    for file in files:
        write_text(args.output / file.path, file.text)
    write_text(args.output / f"{manifest.header.removesuffix('.h')}.json", complete.to_json())
    write_text(args.output / f"{manifest.name}_arena.json", json.dumps(document, indent=1) + "\n")
    print(json.dumps({**document, "schema": "tinyml-report/1", "ok": True}, indent=2) if args.json else text)


def _planner(name: str) -> Callable[[bytes], bytes | None]:
    """What writes our plan into a model's bytes; None where the file has its own, or cannot take one."""
    from ..tflite import read_model
    from ..tflite.metadata import has_offline_plan, with_offline_plan
    from ..tflm.offline_plan import offline_offsets

    def planned(data: bytes) -> bytes | None:
        model = read_model(data, name)
        try:
            if model.subgraph_count > 1 or has_offline_plan(data):
                return None
            return with_offline_plan(data, offline_offsets(model))
        except ModelError:
            return None

    return planned


def read_tflm_manifest(path: Path) -> Manifest:
    """Raises UsageError for that of another runtime."""
    manifest = read_manifest(path)
    if manifest.runtime != "tflm":
        raise UsageError(
            f"{path} is of the {manifest.runtime} runtime", "Its arena is known: only tflm has to be measured."
        )
    return manifest


def _shipped(measured: int, persistent: int | None, args: argparse.Namespace) -> tuple[int, int | None, str]:
    """(bytes of the firmware's arena, of them persistent and split off, method)."""
    from ..tflm.search import round_to_step

    refuse_fixed_split(args.arena_size, persistent)
    if args.arena_size is not None:
        size = round_to_step(parse_size(args.arena_size, None))
        if size < measured:
            raise UsageError(
                f"an arena of {size:,} bytes is too small: this model takes {measured:,} with this library",
                "Leave the size to the build, or set at least that.",
                code="arena-too-small",
            )
        return size, None, "fixed"
    return (*with_margin(measured, persistent, args.arena_margin), "emulated")


def refuse_fixed_split(size: str | None, persistent: int | None) -> None:
    """UsageError for one figure of two arrays."""
    if size is not None and persistent is not None:
        raise UsageError(
            "a split arena has two sizes, which one figure cannot fix",
            "Leave custom_tinyml_<model>_arena_size (--arena-size) out, or do not split the arena.",
        )


def with_margin(measured: int, persistent: int | None, margin: str | None) -> tuple[int, int | None]:
    """(bytes of the arena, of them persistent), where so many are needed: each array of a split one has the margin."""
    from ..tflm.search import round_to_step

    def shipped(size: int) -> int:
        return round_to_step(size + (0 if margin is None else parse_size(margin, size)))

    if persistent is None:
        return shipped(measured), None
    beside = shipped(persistent)
    return shipped(measured - persistent) + beside, beside


def beside(persistent: object) -> list[str]:
    """A line on the part that is split off; none where there is none."""
    return [] if persistent is None else [f"  {persistent:,} of them are persistent, in an array of their own"]


def _text(document: dict[str, object]) -> str:
    size, measured = document["size"], document["measured"]
    needed = f", of which {measured:,} are needed" if size != measured else ""
    lines = [
        f"{document['name']}: arena of {size:,} bytes ({document['method']}){needed}",
        *beside(document["persistent"]),
        f"  activations alone {document['lower_bound']:,}, init {document['instructions']:,} instructions, "
        f"{document['stack']:,} bytes of stack",
    ]
    plan = document["offline_plan"]
    if isinstance(plan, dict):
        found = "no smaller" if plan["with_plan"] is None else f"{plan['with_plan']:,}"
        state = "used" if plan["used"] else "not used"
        if plan["with_plan"] is not None and not plan["used"]:
            state += " (other outputs with it, or none in the time allowed)"
        lines.append(f"  offline plan {state}: {plan['without']:,} bytes without, {found} with")
    skipped = document["skipped_constructors"]
    lines += [f"  a static constructor was skipped: {fault}" for fault in skipped] if isinstance(skipped, list) else []
    return "\n".join(lines)
