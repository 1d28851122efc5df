"""`pio-tinyml selftest`: the sources of a self test for a device, and the verdict on what its serial port said."""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import ExitCode, UsageError
from ..files import read_bytes, write_text
from ..formats.selftest import as_texts
from ..manifest import Manifest, read_manifest
from ..measured.device import Device, DeviceModel, find_device, merge, read_devices
from ..measured.device import as_json as devices_as_json
from ..measured.fingerprint import read_fingerprints
from ..measured.profile import read_profile
from ..measured.selftest import SelfTest, as_json
from ..selftest.log import LogReader
from ..selftest.plan import Plan, PlannedModel, is_probed, read_plan
from ..selftest.results import LogError, ModelRun, read_run
from ..selftest.verdict import judge_model
from .compiler import add_compiler_arguments
from .probe import with_margin

_EPILOG = """\
examples:
  pio-tinyml selftest --manifest kws_model.json --model models/kws.tflite -o selftest
  pio-tinyml selftest --plan selftest/plan.json --log serial.txt --clock 168000000

The first writes C that runs the model on arbitrary inputs (or with --inputs on those of a file) and prints what came
out, and plan.json with what other implementations say. Build it with the model's own sources. The second judges what
the device printed: exit code 1 if an output differs, 4 if no whole run of that build is in the log. In a build
`pio run -t tinyml_selftest` does all of it (docs/device.md)."""

PLAN = "plan.json"
SOURCES = "src"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `selftest`."""
    parser.epilog = _EPILOG
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--manifest", metavar="M.json", type=Path, action="append", help="of a model, as in the build")
    what.add_argument("--plan", metavar="plan.json", type=Path, help="judge a log by what this says")
    parser.add_argument(
        "--model", metavar="MODEL", type=Path, action="append", default=[], help="its .tflite file, one a manifest"
    )
    parser.add_argument(
        "--inputs", metavar="NAME=FILE", action="append", default=[], help="samples for a model (docs/verify.md)"
    )
    parser.add_argument("--most", metavar="BYTES", type=int, help="of inputs in flash, for each model; one at least")
    parser.add_argument("-o", "--output", metavar="DIR", type=Path, help="where plan.json and src/ go")
    parser.add_argument("--speed", metavar="BAUD", type=int, default=115200, help="of Serial (default: 115200)")
    parser.add_argument("--once", action="store_true", help="the program ends after a run, and does not repeat it")
    parser.add_argument("--arduino", action="store_true", help="a sketch")
    parser.add_argument("--port", metavar="FILE", type=Path, help="C source with the port's two functions")
    parser.add_argument("--trace", action="store_true", help="look into the models: time and output of each operator")
    parser.add_argument("--probe", action="store_true", help="find the smallest arena that TFLM takes on the device")
    add_compiler_arguments(parser)
    parser.add_argument("--log", metavar="FILE", type=Path, help="what the serial port said")
    parser.add_argument("--profile", metavar="FILE", type=Path, action="append", default=[], help="of the same models")
    parser.add_argument("--clock", metavar="HZ", type=int, help="of the core, for times")
    parser.add_argument(
        "--arena-margin", metavar="SIZE", help="with --probe: what the build adds to the smallest arena"
    )
    parser.add_argument("--emulated", action="store_true", help="the log is an emulator's: its times are none")
    parser.add_argument("--keep", metavar="FILE", type=Path, help="tinyml-device.json: keep there what passed")
    parser.add_argument("--fingerprint", metavar="FILE", type=Path, help="of the models, for that")
    parser.add_argument("--environment", metavar="NAME", default="", help="for that")
    parser.add_argument("--board", metavar="NAME", help="for that")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> ExitCode:
    """Prepare, or judge."""
    return _judge(args) if args.plan else _prepare(args)


def _prepare(args: argparse.Namespace) -> ExitCode:
    from ..selftest.prepare import Subject, choose_samples, plan_model  # these import the emulator
    from ..selftest.render import Settings, render

    if len(args.model) != len(args.manifest) or args.output is None:
        raise UsageError("selftest wants a --model for each --manifest, and -o", "Give them.")
    inputs = dict(_named(each) for each in args.inputs)
    subjects = [
        Subject(manifest, source.absolute(), path, inputs.pop(manifest.name, None))
        for source, manifest, path in zip(args.manifest, map(read_manifest, args.manifest), args.model, strict=True)
    ]
    for name in (each.manifest.name for each in subjects if each.manifest.input_rows or each.manifest.output_rows):
        raise UsageError(
            f"{name}: a self test writes the input whole, and reads the output so",
            f"Leave custom_tinyml_{name}_input and custom_tinyml_{name}_output out for it (docs/rows.md).",
        )
    if inputs:
        raise UsageError(f"--inputs of {', '.join(inputs)}, and there is no such model", "Correct the name.")
    chosen = [choose_samples(subject, args.most) for subject in subjects]
    compiler = args.compiler, args.compiler_flag
    models = tuple(
        plan_model(subject, samples, of, compiler, trace=args.trace)
        for subject, (samples, of) in zip(subjects, chosen, strict=True)
    )
    nonce = secrets.token_hex(4)
    port = args.port.absolute() if args.port else None
    settings = Settings(nonce, args.speed, args.once, args.trace, args.arduino, args.probe, port)
    files = render([each.manifest for each in subjects], [samples for samples, _ in chosen], settings)
    for name, text in files.items():
        write_text(args.output / SOURCES / name, text)
    write_text(args.output / PLAN, Plan(nonce, args.trace, args.probe, models).to_json())
    return ExitCode.OK


def _named(text: str) -> tuple[str, Path]:
    name, found, path = text.partition("=")
    if not found:
        raise UsageError(f"--inputs {text} names no model", "Write NAME=FILE.")
    return name, Path(path)


def _judge(args: argparse.Namespace) -> ExitCode:
    if args.log is None:
        raise UsageError("--plan without --log judges nothing", "Give what the serial port said.")
    plan = read_plan(args.plan)
    reader = LogReader(plan.nonce)
    if not reader.feed(read_bytes(args.log)) or reader.run is None:
        raise LogError(reader.why_not())
    device = read_run(reader.run, plan)
    manifests = [read_manifest(_manifest_of(each, args.plan)) for each in plan.models]
    found = [
        judge_model(device, number, planned, manifest, probed=_shipped(args, plan, manifest, device.models[number]))
        for number, (planned, manifest) in enumerate(zip(plan.models, manifests, strict=True))
    ]
    profiles = {each.name: each for each in map(read_profile, args.profile)}
    rows = {each: profiles.get(each.name) for each in found}
    sys.stdout.write(as_json(found) if args.json else as_texts(rows, args.clock, real=not args.emulated))
    if any(each.problem for each in found):
        return ExitCode.OVER_BUDGET
    if args.keep:
        _keep(args, found, {each.name: each for each in manifests})
    return ExitCode.OK


def _shipped(
    args: argparse.Namespace, plan: Plan, manifest: Manifest, found: ModelRun
) -> tuple[int, int | None] | None:
    """What a build makes of the arena that was found, None where the device did not look for it."""
    if not is_probed(manifest, probe=plan.probe):
        return None
    return with_margin(found.arena, found.persistent, args.arena_margin)


def _manifest_of(planned: PlannedModel, plan: Path) -> Path:
    """Beside the plan, if it came here from another computer."""
    beside = plan.parent / Path(planned.manifest).name
    return beside if beside.is_file() else Path(planned.manifest)


def _keep(args: argparse.Namespace, found: Sequence[SelfTest], manifests: Mapping[str, Manifest]) -> None:
    """What passed, in the place of what is there of the same models."""
    if args.fingerprint is None or args.emulated:
        raise UsageError("--keep wants a --fingerprint, and a device", "Give it; leave out --emulated.")
    parts = {each.name: each.parts for each in read_fingerprints(args.fingerprint)}
    old = read_devices(args.keep) if args.keep.exists() else ()
    before = find_device(old, args.environment, args.board)
    smallest = [each for each in (before.models if before else ()) if each.smallest]
    probed = {(each.name, each.arena, each.persistent, each.fingerprint) for each in smallest}
    models = tuple(
        DeviceModel(
            each.name,
            manifests[each.name].runtime,
            each.arena,
            each.clock,
            each.unit,
            each.ticks,
            each.microseconds(args.clock),
            each.stack,
            each.inputs,
            tuple(oracle.name for oracle in each.oracles),
            parts.get(each.name, ()),
            each.shipped is not None or (each.name, each.arena, each.persistent, parts.get(each.name, ())) in probed,
            each.persistent,
        )
        for each in found
        if each.ticks
    )
    write_text(args.keep, devices_as_json(merge(old, Device(args.environment, args.board, models))))
    sys.stdout.write(f"kept in {args.keep}\n")
