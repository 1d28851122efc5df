"""Compilers of this machine for the cores that TFLM is measured on, or bounded for."""

from __future__ import annotations

import functools
import shutil
import subprocess

import pytest

ARM = "arm-none-eabi-"
MACHINES = {
    "cortex-m4": ("-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"),
    "cortex-m0": ("-mcpu=cortex-m0", "-mthumb"),
    "cortex-m33": ("-mcpu=cortex-m33", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv5-sp-d16"),
    "rv32imac": ("-march=rv32imac", "-mabi=ilp32", "--specs=picolibc.specs"),
    "lx106": (),
}


def toolchain(machine: str) -> str:
    """What the names of its tools begin with."""
    return {"rv32imac": "riscv64-unknown-elf-", "lx106": "xtensa-lx106-elf-"}.get(machine, ARM)


def require_compilers(machine: str) -> None:
    """Skips where those for `machine` are not installed."""
    for prefix in (ARM, toolchain(machine)):
        if shutil.which(f"{prefix}g++") is None:
            pytest.skip(f"{prefix}g++ is not installed")


@functools.cache
def cxx_headers() -> tuple[str, ...]:
    """Flags for compilers without libstdc++ (Debian's for RISC-V and Xtensa): Arm's headers serve, TFLM links none."""
    command = [f"{ARM}g++", "-E", "-v", "-x", "c++", "/dev/null"]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=600).stderr
    folders = [line.strip() for line in said.splitlines() if line.startswith(" /") and "/c++/" in line]
    return tuple(word for folder in folders for word in ("-isystem", folder))


def compiler(machine: str, language: str) -> list[str]:
    """The command that compiles `language`, "g++" or "gcc", for `machine`."""
    prefix = toolchain(machine)
    own_headers = prefix == ARM or language == "gcc"
    return [f"{prefix}{language}", *MACHINES[machine], *(() if own_headers else cxx_headers())]
