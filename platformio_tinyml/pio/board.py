"""What PlatformIO knows of the target."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

from ..errors import UsageError
from ..model.naming import printable

AVR_LARGEST_OBJECT = 32767
"""Bytes; avr-gcc's ptrdiff_t has 16 bits."""


LARGEST_LIMIT = 1 << 40
"""Bytes; more is a mistake."""


FPU_CORES = ("cortex-m4", "cortex-m7", "cortex-m33", "cortex-m35p", "cortex-m52", "cortex-m55", "cortex-m85", "host")
FPU_CHIPS = ("esp32", "esp32s3", "esp32p4", "host")


def limits(env: Any) -> tuple[int | None, int | None]:
    """The board's (flash, RAM) in bytes, None where there is no such limit (the platform native has no board).

    Raises UsageError for what cannot be one.
    """
    if "BOARD" not in env:
        return None, None
    return _limit(env, "maximum_size"), _limit(env, "maximum_ram_size")


def _limit(env: Any, key: str) -> int | None:
    found = env.BoardConfig().get(f"upload.{key}", 0) or 0
    try:
        limit = int(found)
    except (TypeError, ValueError, OverflowError):
        limit = -1
    if not 0 <= limit <= LARGEST_LIMIT:
        raise UsageError(
            f"board {env['BOARD']}: upload.{key} is {found!r}, not a number of bytes",
            f"Set board_upload.{key} in platformio.ini, or correct the board's file.",
        )
    return limit or None


def mcu(env: Any) -> str:
    """The chip's name as the board's manifest has it, or ""."""
    return str(env.BoardConfig().get("build.mcu", "")) if "BOARD" in env else ""


def core(env: Any) -> str:
    """The core as the board's manifest has it (cortex-m4), or ""."""
    return str(env.BoardConfig().get("build.cpu", "")) if "BOARD" in env else ""


def has_fpu(env: Any) -> bool:
    """Whether the core computes floats itself, as far as its name tells; the computer that builds does."""
    if "BOARD" not in env:
        return True
    return core(env).startswith(FPU_CORES) or mcu(env).lower() in FPU_CHIPS


def clock(env: Any) -> int | None:
    """Hertz, as the board's manifest or `board_build.f_cpu` has it; None where nobody says."""
    text = str(env.BoardConfig().get("build.f_cpu", "")) if "BOARD" in env else ""
    found = re.fullmatch(r"([0-9]{1,12})[uUlL]*", text.strip())
    return int(found[1]) or None if found else None


def tinyml(env: Any, name: str) -> str:
    """What the board's manifest, or `board_build.tinyml.<name>`, says for us, or ""."""
    found = env.BoardConfig().get("build", {}).get("tinyml", {}) if "BOARD" in env else {}
    if not isinstance(found, dict):
        raise UsageError(
            f"board {env['BOARD']}: build.tinyml is {printable(repr(found), 40)}, and has to be an object",
            "Write board_build.tinyml.ma_per_mhz and the like, or correct the board's file.",
        )
    return str(found.get(name, ""))


def largest_object(env: Any) -> int | None:
    """The size that no C object can exceed, where the compiler has such a bound."""
    return AVR_LARGEST_OBJECT if Path(env.subst("$CC")).name.startswith("avr-") else None


def platformio_sizes(env: Any, elf: str) -> tuple[int, int] | None:
    """(flash, RAM) as PlatformIO counts them (builder/tools/pioupload.py, CheckUploadSize); None where it does not."""
    command, patterns = env.get("SIZECHECKCMD"), (env.get("SIZEPROGREGEXP"), env.get("SIZEDATAREGEXP"))
    if not command or not all(patterns):
        return None
    words = command if isinstance(command, list) else str(command).split()
    arguments = [elf if word in ("$SOURCE", "$SOURCES") else env.subst(word) for word in words]
    size = subprocess.run(
        arguments, env={**os.environ, "PATH": str(env["ENV"]["PATH"])}, capture_output=True, text=True, check=False
    )
    if size.returncode:
        return None
    lines = [line.strip() for line in size.stdout.splitlines()]
    matches = ([re.search(pattern, line) for line in lines] for pattern in patterns)
    flash, ram = (sum(int(value) for match in found if match for value in match.groups()) for found in matches)
    return flash, ram
