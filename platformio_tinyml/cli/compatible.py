"""`pio-tinyml compatible`: whether a model may take the place of another in a firmware that is out already."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

from ..contract.compare import interface_differences, operator_differences, size_differences
from ..contract.container import HEADER, pack
from ..contract.contract import Contract, contract_of, read_contract
from ..errors import ExitCode, ModelError, UsageError
from ..files import read_bytes, write_bytes
from ..model import Model
from ..model.naming import printable
from ..tflite import read_model_file

_EPILOG = """\
examples:
  pio-tinyml compatible new.tflite kws.contract.json
  pio-tinyml compatible new.tflite kws.contract.json --elf firmware.elf -o kws.bin

Exit code 0: it may. 1: it may not, all reasons printed. Inputs, outputs and operators are compared. The arena is
proven by running the init of that firmware's ELF in the emulator with the new model (--elf), or by a bound where that
is small enough. -o writes the model as the device wants it: what it checks is in front (docs/contract.md)."""


@dataclass(frozen=True)
class _Arena:
    """`takes` bytes are enough, as far as `how` knows; None where nothing is proven, and `problem` says why.

    `persistent` bytes beside them, where the firmware has the arena split.
    """

    takes: int | None
    how: str = ""
    problem: str = ""
    persistent: int | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `compatible`."""
    parser.epilog = _EPILOG
    parser.add_argument("model", metavar="MODEL", type=Path, help="the new .tflite file")
    parser.add_argument("contract", metavar="CONTRACT", type=Path, help="what `contract` wrote of the old one")
    parser.add_argument("--elf", metavar="ELF", type=Path, help="the firmware: run its init with the new model")
    parser.add_argument("--cpu", metavar="NAME", default="", help="the core, as in -mcpu, if ELF does not say")
    parser.add_argument(
        "--interface", action="store_true", help="inputs and outputs alone: the firmware is to be built anew"
    )
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="the model, packed for the device")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> ExitCode:
    """Compare, run, print, pack."""
    if args.interface and (args.output or args.elf):
        raise UsageError("--interface is of a firmware that is built anew", "Leave out --elf and -o.")
    old = read_contract(args.contract)
    model = read_model_file(args.model, old.name)
    data, new = read_bytes(args.model), contract_of(model)
    reasons = list(interface_differences(new, old))
    arena = None
    if not args.interface:
        reasons += [*operator_differences(new, old), *size_differences(HEADER.size + len(data), old)]
        if not reasons:
            arena = _arena(args, model, data, old)
            reasons += [arena.problem] if arena.problem else []
    if args.output and not reasons and arena and arena.takes is not None:
        write_bytes(args.output, pack(data, old, arena.takes, arena.persistent or 0))
    _print(args, old, reasons, arena)
    return ExitCode.OVER_BUDGET if reasons else ExitCode.OK


def _arena(args: argparse.Namespace, model: Model, data: bytes, old: Contract) -> _Arena:
    if old.arena is None:
        return _Arena(None, problem="the contract has no arena: make it with --manifest or --arena")
    if args.elf:
        return _run(args, data, old, old.arena)
    return _bound(model, data, old)


def _run(args: argparse.Namespace, data: bytes, old: Contract, size: int) -> _Arena:
    from ..firmware.elf import read_image
    from ..tflm.probe import Probe  # the emulator takes 50 ms to import

    probe = Probe(read_image(args.elf), old.name, args.cpu, split=old.persistent is not None)
    needed = probe.measure(data, size)
    if problem := _lack(needed.size, needed.persistent, old, "takes"):
        return _Arena(None, problem=problem)
    how = "measured: that firmware's init was run in the emulator"
    return _Arena(needed.size, how, persistent=needed.persistent)


def _lack(arena: int, persistent: int | None, old: Contract, verb: str) -> str:
    """What a model lacks that takes so many bytes; "" where it has them."""
    if arena > (old.arena or 0):
        return f"it {verb} an arena of {arena:,} bytes, and the firmware has {old.arena:,}"
    if (persistent or 0) > (old.persistent or 0):
        return f"it {verb} {persistent:,} bytes of persistent arena, and the firmware has {old.persistent:,}"
    return ""


def _bound(model: Model, data: bytes, old: Contract) -> _Arena:
    from ..tflite.metadata import read_offline_plan
    from ..tflm.kernel_sets import Kernels
    from ..tflm.static_plan import static_plan
    from ..tflm.typical_sizes import typical_sizes

    advice = "give the firmware with --elf, and its init is run"
    if old.kernels is None:
        return _Arena(
            None, problem=f"nothing is known of the arena that it takes: {advice}, or make the contract with --kernels"
        )
    try:
        offline, split = read_offline_plan(data), old.persistent is not None
        plan = static_plan(model, typical_sizes(32), Kernels(old.kernels), offline, split=split)
    except (ModelError, ValueError) as error:
        return _Arena(None, problem=f"there is no bound of its arena ({error}): {advice}")
    if problem := _lack(plan.size, plan.persistent, old, "may take"):
        return _Arena(None, problem=f"{problem}: {advice}")
    return _Arena(plan.size, "an upper bound, with typical sizes of TFLM's structs", persistent=plan.persistent)


def _print(args: argparse.Namespace, old: Contract, reasons: list[str], arena: _Arena | None) -> None:
    if args.json:
        takes, how = (arena.takes, arena.how or None) if arena else (None, None)
        rows = {"compatible": not reasons, "contract": old.identity, "reasons": reasons, "arena": takes, "how": how}
        rows["persistent"] = arena.persistent if arena else None
        print(json.dumps({"schema": "tinyml-report/1", "ok": not reasons, **rows}, indent=2))
        return
    name = printable(args.model.name)
    print(f"{name} {'cannot' if reasons else 'may'} take the place of {old.name} (contract {old.identity})")
    for reason in reasons:
        print(f"  {reason}")
    if arena and arena.takes is not None:
        print(f"  arena {arena.takes:,} of {old.arena:,} bytes ({arena.how})")
        if arena.persistent is not None:
            print(f"  beside it, persistent, {arena.persistent:,} of {old.persistent:,} bytes")
