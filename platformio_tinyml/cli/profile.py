"""`pio-tinyml profile`: what one invoke of a linked model takes: instructions, stack, time, energy."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from ..errors import ExitCode, SetupError, TinymlError, UsageError
from ..files import write_text
from ..firmware.elf import read_image
from ..firmware.image import Image
from ..formats.units import energy, instructions, latency
from ..manifest import Manifest, read_manifest
from ..measured.profile import Profile
from ..measured.verification import NotVerified
from ..model.naming import printable
from ..profile import Power
from ..profile.cost import VOLTAGE
from ..profile.profile import Profiled, measure
from .compiler import add_compiler_arguments
from .kernels import add_kernels_argument

_EPILOG = """\
example:
  pio-tinyml profile firmware.elf --manifest kws_model.json --clock 168000000

Instructions and stack are counted: init and one invoke on arbitrary inputs run in the emulator. Where that cannot be,
instructions are an estimate from MACs and bytes moved, and the stack is not known. Time and energy are ranges: cycles
are those of the core's published timings, with their error, or assumed where there are none (docs/latency.md)."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `profile`."""
    parser.epilog = _EPILOG
    parser.add_argument("elf", metavar="ELF", type=Path, help="a linked firmware that calls the model")
    parser.add_argument("--manifest", metavar="M.json", type=Path, required=True, help="of the model, as in the build")
    parser.add_argument("--cpu", metavar="NAME", default="", help="the core, as in -mcpu")
    parser.add_argument("--mcu", metavar="NAME", default="", help="the chip, for the wait states of its flash")
    parser.add_argument("--clock", metavar="HZ", type=int, help="of the core, for times")
    parser.add_argument("--ma-per-mhz", metavar="MA", type=_positive, help="current of the board, for energy")
    parser.add_argument("--voltage", metavar="V", type=_positive, default=VOLTAGE, help=f"default: {VOLTAGE}")
    add_kernels_argument(parser, "kernels that TFLM is built with, for estimates (default: not known)")
    parser.add_argument(
        "--model",
        metavar="MODEL",
        type=Path,
        help="the .tflite file: compare the outputs with another implementation's",
    )
    parser.add_argument("--verification", metavar="FILE", type=Path, help="where what --model found goes, as JSON")
    add_compiler_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")


def parsed(words: Sequence[str]) -> argparse.Namespace:
    """`words` as a command line of `profile`."""
    parser = argparse.ArgumentParser(prog="profile")
    add_arguments(parser)
    return parser.parse_args(words)


def run(args: argparse.Namespace) -> ExitCode:
    """Profile one model."""
    profile = profiled(args)
    sys.stdout.write(profile.to_json() if args.json else "".join(f"{line}\n" for line in _text(profile)))
    return ExitCode.OK


def profiled(args: argparse.Namespace) -> Profile:
    """The profile of one model; what --model found goes where --verification says."""
    if args.clock is not None and not 0 < args.clock <= _FASTEST:
        raise UsageError(f"--clock {args.clock} is no frequency", "Give it in hertz.")
    if (args.model is None) != (args.verification is None):
        raise UsageError("--model and --verification go together", "Give both.")
    manifest = read_manifest(args.manifest)
    image = read_image(args.elf)
    if image.symbols and not any(symbol.name == manifest.invoke for symbol in image.symbols):
        raise UsageError(
            f"{args.elf.name} does not hold the model {printable(manifest.name)}", "Call it first.", code="not-linked"
        )
    power = Power(args.ma_per_mhz, args.voltage) if args.ma_per_mhz else None
    kernels = args.kernels.value if args.kernels else None
    verifying = Verifying(args, manifest) if args.model else None
    found = measure(image, manifest, cpu=args.cpu, mcu=args.mcu, clock_hz=args.clock, power=power, kernels=kernels)
    if verifying:
        write_text(args.verification, verifying.found(image, found))
    return found.profile


class Verifying:
    """The comparison that --model asks for."""

    def __init__(self, args: argparse.Namespace, manifest: Manifest) -> None:
        self._args, self._manifest = args, manifest
        self._look = None
        with suppress(SetupError):  # without the emulator nothing is counted either, and that is said
            from ..emulate.inputs import arbitrary_inputs
            from ..verify.first_look import FirstLook  # 40 ms that a profile alone does not take

            inputs = next(arbitrary_inputs(manifest))
            self._look = FirstLook(args.model, manifest, inputs, (args.compiler, args.compiler_flag))

    def found(self, image: Image, profiled: Profiled) -> str:
        """JSON: as `verify --json`, or the reason why nothing was compared."""
        counted = profiled.counted
        try:
            if counted is None or self._look is None:
                raise SetupError(profiled.reason)
            cost = counted.instructions, counted.stack
            found = self._look.verification(image, self._args.cpu, counted.inputs, counted.outputs, *cost)
        except TinymlError as error:
            return NotVerified(self._manifest.name, error.message).to_json()
        return found.to_json()


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
    if profile.cycles is not None:
        yield f"  cycles        {profile.cycles:,}, by the timings of the core"
    if profile.stack:
        yield f"  stack         {profile.stack.init:,} bytes in init, {profile.stack.invoke:,} in invoke"
    if profile.latency_us and profile.cpi and profile.clock_hz:
        assumed = f"at {profile.clock_hz / 1e6:g} MHz, {profile.cpi[0]:g} to {profile.cpi[1]:g} cycles per instruction"
        how = "assumed" if profile.cycles is None else "the error of these timings"
        yield f"  time          {latency(profile.latency_us)} {assumed} ({how})"
    if profile.energy_uj:
        yield f"  energy        {energy(profile.energy_uj)}, at {profile.ma_per_mhz:g} mA/MHz and {profile.voltage:g} V"
    for call in profile.calls:
        cycles = "" if call.cycles is None else f", {call.cycles:,} cycles"
        yield f"  {f'{call.operator} {call.opcode}':<24} {instructions(call.instructions_bound)}{cycles}"
    if profile.failure:
        yield f"  FAILS: {printable(profile.failure, 400)}"
    for note in profile.notes:
        yield f"note: {printable(note)}"
