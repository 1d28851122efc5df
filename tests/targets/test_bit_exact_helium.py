"""Generated C gives TensorFlow Lite Micro's bytes on a Cortex-M55 with Helium, in QEMU."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from target_firmware import Case, random_cases, write_joined

PLATFORM = Path(__file__).parent.parent.parent / "platform-emulated"
FLAGS = ("-mcpu=cortex-m55", "-mthumb", "-mfloat-abi=hard", "-mfpu=auto", "-std=gnu99", "-ffunction-sections")
MEMORY = {"flash_start": 0x10000000, "flash_size": 1 << 19, "ram_start": 0x30000000, "ram_size": 1 << 19}
QEMU = ("qemu-system-arm", "-machine", "mps3-an547", "-display", "none", "-monitor", "none", "-serial", "none")


@pytest.mark.slow
@pytest.mark.parametrize("optimize", ["-Os", "-O3"])
def test_models_of_one_operator(optimize: str, tmp_path: Path) -> None:
    for tool in ("arm-none-eabi-gcc", QEMU[0]):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    cases = random_cases(per_operator=5, invokes=2, largest=4000)
    for position in range(0, len(cases), 25):
        assert _wrong(cases[position : position + 25], optimize, tmp_path / str(position)) == []


def test_it_would_be_noticed(tmp_path: Path) -> None:
    """What QEMU says is what is looked at: an output that should be another one is."""
    if shutil.which(QEMU[0]) is None or shutil.which("arm-none-eabi-gcc") is None:
        pytest.skip("QEMU or the compiler is not installed")
    case = random_cases(per_operator=1, invokes=1, largest=4000)[0]
    output = case.outputs[0][0]
    altered = Case(case.model, case.inputs, ((bytes([output[0] ^ 1]) + output[1:],),))
    assert _wrong([altered], "-Os", tmp_path) == [case.model.name]


def _wrong(cases: Sequence[Case], optimize: str, folder: Path) -> list[str]:
    """The names of the models that gave other bytes."""
    manifests = write_joined([case.model for case in cases], folder)
    lines, body = ["#include <stdio.h>", "#include <string.h>"], []
    for case, manifest in zip(cases, manifests, strict=True):
        lines.append(f'#include "{manifest.header}"')
        body.append(f"  {manifest.init}();")
        for invoke, (inputs, outputs) in enumerate(zip(case.inputs, case.outputs, strict=True)):
            for tensor, value in zip(manifest.inputs, inputs, strict=True):
                lines.append(_array(name := f"{tensor.accessor}_{invoke}", value))
                body.append(f"  memcpy({tensor.accessor}(), {name}, {len(value)});")
            body.append(f"  {manifest.invoke}();")
            for tensor, value in zip(manifest.outputs, outputs, strict=True):
                lines.append(_array(name := f"{tensor.accessor}_{invoke}", value))
                body.append(f'  if (memcmp({tensor.accessor}(), {name}, {len(value)})) puts("{manifest.name}");')
    body.append('  puts("end");')
    (folder / "main.c").write_text("\n".join([*lines, "int main(void) {", *body, "  return 0;", "}", ""]))
    symbols = [f"-Wl,--defsym=__{name}={value}" for name, value in {**MEMORY, "stack_size": 4096}.items()]
    sources = [*sorted(folder.glob("*.c")), *sorted((PLATFORM / "cores" / "cortex-m").glob("*.c"))]
    link = ["--specs=nano.specs", "-nostartfiles", "-Wl,--gc-sections", "-Wl,--no-warn-rwx-segments", *symbols]
    script = ["-T", PLATFORM / "ldscripts" / "cortex-m.ld"]
    elf = folder / "firmware.elf"
    subprocess.run(["arm-none-eabi-gcc", *FLAGS, optimize, *sources, *link, *script, "-o", elf], check=True)
    run = [*QEMU, "-semihosting-config", "enable=on,target=native", "-kernel", elf]
    said = subprocess.run(run, capture_output=True, text=True, timeout=300, check=True).stdout.split()
    assert said[-1] == "end"
    return said[:-1]


def _array(name: str, value: bytes) -> str:
    return f"static const unsigned char {name}[] = {{{','.join(map(str, value))}}};"
