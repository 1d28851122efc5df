"""Write platformio_tinyml/fit/kernels.json: what each kernel takes of flash on each core that a compiler is here for.

Each file of runtime/src is compiled alone at -Os, which the kernels change to their own level; its size is that of all
sections that a link would put in flash.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNTIME = ROOT / "platformio_tinyml" / "runtime"
TABLE = ROOT / "platformio_tinyml" / "fit" / "kernels.json"
_ARM, _RISCV = "arm-none-eabi", "riscv64-unknown-elf"
CORES = {
    "cortex-m0plus": (_ARM, "-mcpu=cortex-m0plus -mthumb"),
    "cortex-m3": (_ARM, "-mcpu=cortex-m3 -mthumb"),
    "cortex-m4": (_ARM, "-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16"),
    "cortex-m7": (_ARM, "-mcpu=cortex-m7 -mthumb -mfloat-abi=hard -mfpu=fpv5-d16"),
    "cortex-m33": (_ARM, "-mcpu=cortex-m33 -mthumb -mfloat-abi=hard -mfpu=fpv5-sp-d16"),
    "avr": ("avr", "-mmcu=atmega328p"),
    "rv32imc": (_RISCV, "-march=rv32imc -mabi=ilp32 --specs=picolibc.specs"),
    "rv32imac": (_RISCV, "-march=rv32imac -mabi=ilp32 --specs=picolibc.specs"),
}
_FLAGS = ("-std=c99", "-Os", "-ffunction-sections", "-fdata-sections", "-I", str(RUNTIME / "include"))


def measure(core: str) -> dict[str, int]:
    """Bytes by kernel file. FileNotFoundError without its compiler."""
    prefix, flags = CORES[core]
    sources = sorted((RUNTIME / "src").glob("tinyml_*.c"))
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([f"{prefix}-gcc", *flags.split(), *_FLAGS, "-c", *sources], cwd=folder, check=True)
        made = [f"{source.stem}.o" for source in sources]
        told = subprocess.run([f"{prefix}-size", *made], cwd=folder, check=True, capture_output=True, text=True)
    rows = [row.split()[:2] for row in told.stdout.splitlines()[1:]]
    return {source.name: int(text) + int(data) for source, (text, data) in zip(sources, rows, strict=True)}


def main() -> int:
    cores = {core: measure(core) for core, (prefix, _) in CORES.items() if shutil.which(f"{prefix}-gcc")}
    if len(cores) < len(CORES):
        print(f"no compiler for {', '.join(set(CORES) - set(cores))}: nothing written", file=sys.stderr)
        return 1
    versions = {
        prefix: subprocess.run(
            [f"{prefix}-gcc", "-dumpversion"], check=True, capture_output=True, text=True
        ).stdout.strip()
        for prefix, _ in CORES.values()
    }
    about = "Bytes of flash of each kernel compiled alone in a project at -Os. Written by scripts/measure_kernels.py."
    table = {"about": about, "compilers": versions, "bytes": cores}
    TABLE.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
