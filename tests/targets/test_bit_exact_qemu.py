"""Generated C gives TensorFlow Lite Micro's bytes on cores that only QEMU has: Cortex-M55 with Helium, Xtensa LX106."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from target_firmware import Case, random_cases, write_joined

sys.path.append(str(Path(__file__).parent.parent.parent / "scripts"))

from qemu_cores import CORES, array, run


@pytest.mark.slow
@pytest.mark.parametrize(("core", "optimize"), [("M55", "-Os"), ("M55", "-O3"), ("LX106", "-Os")])
def test_models_of_one_operator(core: str, optimize: str, tmp_path: Path) -> None:
    _wants(core)
    cases = random_cases(per_operator=5, invokes=2, largest=4000)
    for position in range(0, len(cases), 60):  # as many as its memory holds: each firmware compiles the kernels anew
        assert _wrong(core, cases[position : position + 60], optimize, tmp_path / str(position)) == []


@pytest.mark.parametrize("core", CORES)
def test_it_would_be_noticed(core: str, tmp_path: Path) -> None:
    """What QEMU says is what is looked at: an output that should be another one is."""
    _wants(core)
    case = random_cases(per_operator=1, invokes=1, largest=4000)[0]
    output = case.outputs[0][0]
    altered = Case(case.model, case.inputs, ((bytes([output[0] ^ 1]) + output[1:],),))
    assert _wrong(core, [altered], "-Os", tmp_path) == [case.model.name]


def _wants(core: str) -> None:
    for tool in (CORES[core].compiler, CORES[core].qemu[0]):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")


def _wrong(core: str, cases: Sequence[Case], optimize: str, folder: Path) -> list[str]:
    """The names of the models that gave other bytes."""
    manifests = write_joined([case.model for case in cases], folder)
    lines, body = ["#include <stdio.h>", "#include <string.h>"], []
    for case, manifest in zip(cases, manifests, strict=True):
        lines.append(f'#include "{manifest.header}"')
        body.append(f"  {manifest.init}();")
        for invoke, (inputs, outputs) in enumerate(zip(case.inputs, case.outputs, strict=True)):
            for tensor, value in zip(manifest.inputs, inputs, strict=True):
                lines.append(array(name := f"{tensor.accessor}_{invoke}", value))
                body.append(f"  memcpy({tensor.accessor}(), {name}, {len(value)});")
            body.append(f"  {manifest.invoke}();")
            for tensor, value in zip(manifest.outputs, outputs, strict=True):
                lines.append(array(name := f"{tensor.accessor}_{invoke}", value))
                body.append(f'  if (memcmp({tensor.accessor}(), {name}, {len(value)})) puts("{manifest.name}");')
    body.append('  puts("end");')
    (folder / "main.c").write_text("\n".join([*lines, "int main(void) {", *body, "  return 0;", "}", ""]))
    said = run(CORES[core], folder, optimize)
    assert said[-1] == "end"
    return said[:-1]
