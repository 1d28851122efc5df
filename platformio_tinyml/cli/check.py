"""`check`: what the gate runs. Measure a linked ELF, judge it, write report.json, report.txt and report.html."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..budgets import KINDS
from ..errors import ExitCode, SetupError
from ..files import write_text
from ..firmware.footprint import Footprint
from ..firmware.measure import measure
from ..firmware.partitions import application_limit
from ..formats.json_report import as_json
from ..formats.text import as_failures, as_table
from ..judgement.acceptance import acceptance_check, copies_check, forgotten_check
from ..judgement.accuracy import judge_accuracy
from ..judgement.budgets import read_budgets
from ..judgement.check import Check
from ..judgement.checks import OTHER_REASON, judge, judge_link
from ..judgement.device import judge_devices, on_device
from ..judgement.drift import judge_drift
from ..judgement.figures import Figures
from ..judgement.invokes import judge_invokes
from ..judgement.known_wrong import warnings
from ..judgement.outputs import judge_outputs
from ..judgement.owners import expected, is_used, owners_of, tables_of, with_states
from ..judgement.report import Report
from ..judgement.room import within_regions
from ..judgement.stack import judge_stack
from ..manifest import Manifest, read_manifest
from ..measured.baseline import Baseline, find_baseline, read_baselines
from ..measured.device import find_device, read_devices
from ..measured.fingerprint import read_fingerprints
from ..measured.limits import Budgets, Sizes
from ..measured.profile import read_profile, stacks_of
from ..measured.verification import Verification, read_verifications
from ..sizes import parse_size
from .quantization import read_quantizations

_EPILOG = """\
without ELF it judges the models alone, before linking, and says nothing if they may fit; with --map alone it tells of a
link that overflowed. Sizes: bytes, 40 KB, 1.5 KiB, 50 percent (of the limit); budgets also: baseline + 2 KB,
baseline + 1 percent. A budget of a model: --arena-budget kws=24KB. A time: 20 ms, 500 us, baseline + 2 ms.

example:
  pio-tinyml check firmware.elf --manifest kws_model.json --board netduinoplus2 --mcu stm32f405rgt6 \\
    --flash-limit 1048576 --ram-limit 131072 --ram-budget "40 KB" -o build/tinyml"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `check`."""
    parser.epilog = _EPILOG
    parser.add_argument("elf", nargs="?", type=Path, metavar="ELF", help="the linked firmware")
    parser.add_argument("--map", type=Path, metavar="FILE", help="the linker's map of ELF; alone: of a failed link")
    parser.add_argument(
        "--require-map", action="store_true", help="fail without the map of ELF's link: ld was to go on after errors"
    )
    parser.add_argument(
        "--copies-map", type=Path, metavar="FILE", help="the map, if it is there, to look for two copies of TFLM alone"
    )
    parser.add_argument("--manifest", type=Path, action="append", default=[], help="NAME_model.json of `generate`")
    parser.add_argument(
        "--arena",
        type=Path,
        metavar="FILE",
        action="append",
        default=[],
        help="NAME_arena.json of `probe`: run the ELF's init in the emulator, with that arena and a smaller one",
    )
    parser.add_argument(
        "--verification",
        type=Path,
        metavar="FILE",
        action="append",
        default=[],
        help="what `verify --json` printed, or `profile --model` wrote",
    )
    parser.add_argument(
        "--verify-all", action="store_true", help="fail where ELF holds a model of which there is no --verification"
    )
    parser.add_argument(
        "--profile", type=Path, metavar="FILE", action="append", default=[], help="what `profile --json` printed"
    )
    parser.add_argument("--fingerprint", type=Path, metavar="FILE", help="what decides on the models' figures")
    parser.add_argument("--device", type=Path, metavar="FILE", help="tinyml-device.json: what a device measured")
    parser.add_argument(
        "--require-device", action="store_true", help="fail where no device has measured this code of a model"
    )
    parser.add_argument("--arena-section", metavar="NAME", help="of the arenas: which memory, only the link tells")
    parser.add_argument("--environment", metavar="NAME", help="shown in the report")
    parser.add_argument("--board", metavar="NAME", help="shown in the report")
    parser.add_argument("--mcu", default="", help="as PlatformIO names it; selects the chip's memories")
    for memory in ("flash", "ram"):
        parser.add_argument(f"--{memory}-limit", metavar="SIZE", help=f"{memory} of the board (0: unknown)")
        parser.add_argument(f"--platformio-{memory}", metavar="BYTES", type=int, help="what PlatformIO counted")
    parser.add_argument(
        "--partitions",
        type=Path,
        metavar="CSV[#NAME]",
        help="of an ESP32: the application's partition limits the flash",
    )
    for kind in KINDS:
        parser.add_argument(
            kind.argument,
            metavar="[NAME=]BUDGET" if kind.model_meaning else "BUDGET",
            action="append",
            default=[],
            help=f"{kind.words} allowed to the {'models, or to one' if kind.model_meaning else 'firmware'}",
        )
    parser.add_argument("--baseline", type=Path, metavar="FILE", help="tinyml-baseline.json, to compare with")
    parser.add_argument(
        "--quantization", metavar="NAME=FILE", action="append", default=[], help="how a model became int8: JSON or lock"
    )
    parser.add_argument(
        "--max-accuracy-drop", metavar="NAME=DROP", action="append", default=[], help="allowed to that: 0.02, 2 percent"
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="where the reports go")
    parser.add_argument("--json", action="store_true", help="print report.json instead of the table")


def run(args: argparse.Namespace) -> ExitCode:
    """Judge, write, print."""
    # From here on, a report that says ok is of this run.
    judging = args.elf is not None or args.map is not None
    if judging:
        for name in ("report.json", "report.html"):
            _remove(args.output / name)
    manifests = tuple(read_manifest(path) for path in args.manifest)
    rooms = [_limit(args.flash_limit), application_limit(args.partitions) if args.partitions else None]
    limits = Sizes(min(filter(None, rooms), default=None), _limit(args.ram_limit))
    baseline = find_baseline(read_baselines(args.baseline), args.environment, args.board) if args.baseline else None
    report = _report(args, manifests, limits, baseline)
    if not judging and report.ok:
        return ExitCode.OK
    json_text, table, failures = as_json(report), as_table(report), as_failures(report.checks)
    # Written before it is printed: what cannot be kept is never shown as a pass.
    write_text(args.output / "report.txt", table + failures)
    write_text(args.output / "report.html", _page(json_text))
    write_text(args.output / "report.json", json_text)
    if args.json or not _says_nothing_of_memory(report):
        sys.stdout.write(json_text if args.json else table)
    sys.stdout.flush()
    sys.stderr.write(failures)
    return ExitCode.OK if report.ok else ExitCode.OVER_BUDGET


def _says_nothing_of_memory(report: Report) -> bool:
    """A link failed for another reason: a table of what had been linked would only hide what the linker said."""
    return [check.name for check in report.checks if not check.ok] == [OTHER_REASON]


def _report(
    args: argparse.Namespace,
    manifests: tuple[Manifest, ...],
    board: Sizes,
    baseline: Baseline | None,
) -> Report:
    profiles = tuple(map(read_profile, args.profile))
    fingerprints = read_fingerprints(args.fingerprint) if args.fingerprint else ()
    device = find_device(read_devices(args.device), args.environment, args.board) if args.device else None
    devices = on_device(manifests, fingerprints, device)
    limits, budgets = board, _budgets(args, manifests, board, baseline)
    if args.elf is not None:
        from ..firmware.linked import measure_linked  # pyelftools takes 60 ms to import

        measured = measure_linked(
            args.elf, args.mcu, owners_of(manifests), args.map, tables_of(manifests), require_map=args.require_map
        )
        stage, footprint = "firmware", with_states(measured, manifests)
        limits = within_regions(board, footprint)
        budgets = _budgets(args, manifests, limits, baseline)
        checks = judge(footprint, manifests, limits, budgets, baseline=baseline, profiles=profiles, devices=devices)
        checks += _run_inits(args.elf, args.arena)
        link_map = args.map or args.copies_map
        if link_map and link_map.is_file() and any(manifest.runtime == "tflm" for manifest in manifests):
            from ..firmware.copies import copies_of_tflm

            checks += tuple(copies_check(copies_of_tflm(link_map)))
    elif args.map is not None:
        from ..firmware.definitions import defined_twice
        from ..firmware.linker_map import read_map

        link = read_map(args.map, args.mcu)
        measured = measure(link.image, link.memory, owners_of(manifests), link.inputs, link.stretched)
        stage, footprint = "link", with_states(measured, manifests)
        limits = within_regions(board, footprint, [row.region for row in link.regions])
        budgets = _budgets(args, manifests, limits, baseline)
        symbols = {symbol for manifest in manifests for symbol in manifest.symbols}
        checks = judge_link(footprint, link.regions, manifests, limits, budgets, twice=defined_twice(args.map, symbols))
    else:
        stage, footprint = "preflight", expected(manifests)
        placed = args.arena_section is not None
        checks = judge(footprint, manifests, limits, budgets, preflight=True, arenas_placed=placed)
    counted = Sizes(args.platformio_flash, args.platformio_ram)
    quantizations = read_quantizations(args.quantization, args.max_accuracy_drop, baseline)
    verifications, missing = read_verifications(args.verification)
    if stage == "firmware":
        stack = judge_stack(stacks_of(profiles), footprint, limits.ram)
        wanted = _unverified(manifests, footprint, verifications) if args.verify_all else ()
        outputs = judge_outputs(verifications, wanted, has_symbols=footprint.has_symbols)
        checks = (*checks, *judge_invokes(profiles), *outputs, *stack)
        if args.require_device:
            checks = (*checks, *judge_devices(devices, manifests, footprint))
        if baseline:
            figures = Figures(footprint, manifests, profiles, devices=devices)
            sums = {each.name: each.outputs for each in profiles}
            checks = (*checks, *judge_drift(figures, fingerprints, sums, baseline))
    held = {manifest.name for manifest in manifests if is_used(footprint, manifest) is not False}
    lacks = args.baseline is not None and baseline is None
    return Report(
        stage,
        args.environment,
        args.board,
        manifests,
        footprint,
        limits,
        budgets,
        (*checks, *judge_accuracy(quantizations)),
        counted,
        baseline,
        (
            *((f"{args.baseline.name} has no baseline of this environment and board",) if lacks else ()),
            *warnings(manifests, fingerprints, args.mcu),
            *_savings(manifests, args.arena),
        ),
        quantizations,
        verifications,
        profiles,
        tuple((each.name, each.reason) for each in missing if each.name in held) if stage == "firmware" else (),
        fingerprints,
        devices,
    )


def _budgets(
    args: argparse.Namespace, manifests: Sequence[Manifest], limits: Sizes, baseline: Baseline | None
) -> Budgets:
    names = [manifest.name for manifest in manifests]
    return read_budgets(limits, names, {kind.name: getattr(args, kind.option) for kind in KINDS}, baseline)


def _unverified(
    manifests: Sequence[Manifest], footprint: Footprint, verifications: Sequence[Verification]
) -> tuple[Manifest, ...]:
    verified = {each.name for each in verifications}
    return tuple(each for each in manifests if is_used(footprint, each) is not False and each.name not in verified)


def _run_inits(elf: Path, arenas: Sequence[Path]) -> tuple[Check, ...]:
    """A check per model whose arena was measured, and that the firmware holds."""
    if not arenas:
        return ()
    from ..firmware.elf import read_image
    from ..tflm.accept import accept, is_linked, is_never_ready, read_arena  # the emulator takes 50 ms to import

    image, measured = read_image(elf), tuple(map(read_arena, arenas))
    found = [(arena, accept(image, arena)) for arena in measured if is_linked(image, arena)]
    return (
        *(acceptance_check(arena.name, got.needed, arena.size, got.problem) for arena, got in found),
        *(forgotten_check(arena.name, arena.size) for arena in measured if is_never_ready(image, arena)),
    )


def _savings(manifests: Sequence[Manifest], arenas: Sequence[Path]) -> Iterator[str]:
    """A note for each arena that was made larger by hand than its model takes."""
    by_hand = {manifest.name for manifest in manifests if manifest.arena.method == "fixed"}
    if by_hand and arenas:
        from ..tflm.accept import read_arena

        for arena in map(read_arena, arenas):
            saving = arena.size - arena.measured
            if arena.name in by_hand and saving:
                yield f"{arena.name}: {arena.measured:,} bytes of arena would do, {saving:,} fewer than set by hand"


def _page(json_text: str) -> str:
    from ..formats.document import parse_document  # these take 25 ms to import, and `footprint` imports this file
    from ..formats.html import as_html

    return as_html(parse_document(json_text))


def _limit(text: str | None) -> int | None:
    """PlatformIO gives 0 where a board file has no limit."""
    return parse_size(text, None) or None if text is not None else None


def _remove(report: Path) -> None:
    try:
        report.unlink(missing_ok=True)
    except OSError as error:
        raise SetupError(f"cannot replace {report}: {error.strerror}", "check the folder and its rights") from error
