"""`pio-tinyml profile`: what one invoke of a linked model takes: instructions, stack, time, energy."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator
from pathlib import Path

from ..errors import ExitCode, UsageError
from ..firmware.elf import read_image
from ..manifest import read_manifest
from ..model.naming import printable
from ..profile import Power, profile_of
from ..profile.cost import VOLTAGE
from ..report.profile import Profile
from ..report.units import energy, instructions, latency
from .kernels import add_kernels_argument

_EPILOG = """\
example:
  pio-tinyml profile firmware.elf --manifest kws_model.json --clock 168000000

Instructions and stack are counted: init and one invoke on arbitrary inputs run in the emulator. Where that cannot be,
instructions are an estimate from MACs and bytes moved, and the stack is not known. Time and energy are ranges: cycles
per instruction are assumed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `profile`."""
    parser.epilog = _EPILOG
    parser.add_argument("elf", metavar="ELF", type=Path, help="a linked firmware that calls the model")
    parser.add_argument("--manifest", metavar="M.json", type=Path, required=True, help="of the model, as in the build")
    parser.add_argument("--cpu", metavar="NAME", default="", help="the core, as in -mcpu")
    parser.add_argument("--clock", metavar="HZ", type=int, help="of the core, for times")
    parser.add_argument("--ma-per-mhz", metavar="MA", type=_positive, help="current of the board, for energy")
    parser.add_argument("--voltage", metavar="V", type=_positive, default=VOLTAGE, help=f"default: {VOLTAGE}")
    add_kernels_argument(parser, "kernels that TFLM is built with, for estimates (default: not known)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> ExitCode:
    """Profile one model."""
    if args.clock is not None and not 0 < args.clock <= _FASTEST:
        raise UsageError(f"--clock {args.clock} is no frequency", "Give it in hertz.")
    manifest = read_manifest(args.manifest)
    image = read_image(args.elf)
    if image.symbols and not any(symbol.name == manifest.invoke for symbol in image.symbols):
        raise UsageError(
            f"{args.elf.name} does not hold the model {printable(manifest.name)}", "Call it first.", code="not-linked"
        )
    power = Power(args.ma_per_mhz, args.voltage) if args.ma_per_mhz else None
    kernels = args.kernels.value if args.kernels else None
    profile = profile_of(image, manifest, cpu=args.cpu, clock_hz=args.clock, power=power, kernels=kernels)
    sys.stdout.write(profile.to_json() if args.json else "".join(f"{line}\n" for line in _text(profile)))
    return ExitCode.OK


_FASTEST = 10**12
"""Hertz."""
_MOST = 1e6
"""Milliamperes for each MHz, volts: more is a mistake."""


def _positive(text: str) -> float:
    """A number above 0, within all use."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value <= _MOST:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0 and up to {_MOST:,.0f}")
    return value


def _text(profile: Profile) -> Iterator[str]:
    yield f"{printable(profile.name)} on {printable(profile.core)}, {profile.method}"
    yield f"  instructions  {instructions(profile.instructions_bound)}"
    if profile.stack:
        yield f"  stack         {profile.stack.init:,} bytes in init, {profile.stack.invoke:,} in invoke"
    if profile.latency_us and profile.cpi and profile.clock_hz:
        assumed = f"at {profile.clock_hz / 1e6:g} MHz, {profile.cpi[0]:g} to {profile.cpi[1]:g} cycles per instruction"
        yield f"  time          {latency(profile.latency_us)} {assumed} (assumed)"
    if profile.energy_uj:
        yield f"  energy        {energy(profile.energy_uj)}, at {profile.ma_per_mhz:g} mA/MHz and {profile.voltage:g} V"
    for call in profile.calls:
        yield f"  {f'{call.operator} {call.opcode}':<24} {instructions(call.instructions_bound)}"
    for note in profile.notes:
        yield f"note: {printable(note)}"
