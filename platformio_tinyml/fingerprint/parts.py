"""The parts that are no library: compiler, flags, options, clock, our own kernels, model and generated code."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from .. import __version__
from ..measured.fingerprint import CLOCK, CODE, MODEL, Part
from .sources import digest_of, digest_of_files

RUNTIME = Path(__file__).parents[1] / "runtime"

_FLAGS = ("-m", "-O", "-f", "-std", "-specs", "--specs")
_DEFINES = re.compile(r"CONFIG_NN_\w+|CMSIS_NN\w*|ESP_NN\w*|ARM_MATH_\w+|TF_LITE_\w+|NDEBUG|XTENSA|HIFI\w*")
_SDKCONFIG = re.compile(r"^(CONFIG_NN_\w+)=(.*)$", re.MULTILINE)


def compiler_part(told: str) -> Part:
    """`told`: its name and version."""
    return Part("compiler", told, None)


def flags_part(words: Iterable[str]) -> Part:
    """Those of a compiler's `words` that are for machine, optimisation, language and C library."""
    flags = " ".join(dict.fromkeys(word for word in words if word.startswith(_FLAGS)))
    return Part("flags", flags[:200] or None, digest_of([flags.encode()]))


def options_part(defines: Iterable[str], sdkconfig: str = "") -> Part:
    """Macros (NAME or NAME=VALUE) that kernels are chosen by, and those of ESP-IDF's `sdkconfig`, its text."""
    chosen = sorted({each for each in defines if _DEFINES.match(each.partition("=")[0])})
    chosen += sorted("=".join(found) for found in _SDKCONFIG.findall(sdkconfig))
    return Part("options", " ".join(chosen) or None, None)


def clock_part(hertz: int | None) -> Part:
    """Of the core."""
    return Part(CLOCK, str(hertz) if hertz else None, None)


def kernels_part() -> Part:
    """The compiled runtime's."""
    files = [path for folder in ("src", "include") for path in (RUNTIME / folder).iterdir()]
    return Part("kernels", __version__, digest_of_files(files))


def model_part(path: Path) -> Part:
    """The .tflite file."""
    return Part(MODEL, None, digest_of([path.read_bytes()]))


def code_part(sources: Iterable[Path]) -> Part:
    """The C generated of a model, in this order."""
    return Part(CODE, None, digest_of(path.read_bytes() for path in sources))
