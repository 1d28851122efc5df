"""Write generated files, compile them, run them: what the tests of this folder share."""

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from platformio_tinyml.codegen import GeneratedFile, make_manifest, render, runtime_files
from platformio_tinyml.program import ArenaPlan, Program

STRICT = ("-Wall", "-Wextra", "-Werror", "-pedantic", "-Wconversion", "-Wshadow")
SANITIZE = ("-g1", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
FIRMWARE = """
#include "net_model.h"
int main(void) {
    return (int)net_init() + (int)net_invoke() + net_output_0()[0];
}
"""


def write(folder: Path, files: Iterable[GeneratedFile]) -> None:
    """Write the files below `folder`."""
    for file in files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text, "ascii" if path.suffix != ".json" else "utf-8")


def generate(folder: Path, program: Program, plan: ArenaPlan, macs: tuple[int, ...], **options: bool) -> None:
    """The files of one model with its runtime."""
    write(folder, render(program, plan, source=f"{program.model.name}.tflite", macs=macs, **options))
    write(folder, runtime_files(make_manifest(program, plan, source="", macs=macs).kernels))


def compile_c(folder: Path, compiler: str, *flags: str) -> Path:
    """Compile `folder`/*.c, as `cc DIR/*.c` would, and link unless `-c` is a flag; skips where there is no compiler."""
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    program = folder / "program"
    sources = sorted(str(path) for path in folder.glob("*.c"))
    output = () if "-c" in flags else ("-o", str(program))
    command = [compiler, *flags, *sources, *output]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600, check=False)
    assert result.returncode == 0, result.stderr[:4000]
    assert result.stderr == ""
    return program


def run_c(folder: Path, main: str, *flags: str, data: bytes = b"") -> bytes:
    """Standard output of `main` linked with the folder's sources, under the sanitizers."""
    (folder / "main.c").write_text(main)
    program = compile_c(folder, "gcc", "-std=c99", *STRICT, *SANITIZE, *flags)
    result = subprocess.run([program], input=data, capture_output=True, timeout=600, check=False)
    assert result.returncode == 0, result.stderr.decode()[:4000]
    return result.stdout
