"""A real TensorFlow Lite Micro for tests: the library folder that TINYML_TFLM_LIBRARY names, compiled once and kept."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from cross_compilers import ARM, MACHINES, compiler, require_compilers, toolchain

from platformio_tinyml.cli.main import main
from platformio_tinyml.tflm.link import PROBE_SOURCE, STRUCT_SIZES_FLAGS, link_flags
from platformio_tinyml.tflm.struct_sizes import STRUCT_SIZES_SOURCE, StructSizes, read_struct_sizes

INCLUDE = Path(__file__).parent.parent.parent / "platformio_tinyml" / "runtime" / "include"
DEFINES = ("-DTF_LITE_STATIC_MEMORY", "-DNDEBUG", "-DTF_LITE_STRIP_ERROR_STRINGS")
FLAGS = ("-Os", "-std=c++17", "-ffunction-sections", "-fdata-sections", "-fno-exceptions", "-fno-rtti", "-w", *DEFINES)
KERNELS = (
    *("activations", "activations_common", "add", "add_common", "conv", "conv_common", "depthwise_conv"),
    *("depthwise_conv_common", "fully_connected", "fully_connected_common", "kernel_util", "pooling"),
    *("pooling_common", "quantize", "quantize_common", "reshape", "reshape_common", "softmax", "softmax_common"),
    *("micro_tensor_utils", "dequantize", "dequantize_common", "concatenation", "strided_slice"),
    *("strided_slice_common", "logistic", "logistic_common", "mul", "mul_common", "comparisons", "if", "while"),
    *("var_handle", "read_variable", "assign_variable", "call_once", "svdf", "svdf_common"),
    *("unidirectional_sequence_lstm", "lstm_eval", "lstm_eval_common", "neg"),
)
"""What most of the shared models need: compiling all of TFLM takes ten minutes."""
_REGISTRATION = re.compile(r"\bRegister_([A-Z0-9_]+)\(\)\s*\{")


def library(machine: str = "cortex-m4") -> Path:
    """The include folder of the library; skips without one, and without compilers for `machine`."""
    folder = os.environ.get("TINYML_TFLM_LIBRARY")
    if not folder:
        pytest.skip("TINYML_TFLM_LIBRARY names no TensorFlow Lite Micro library")
    require_compilers(machine)
    return Path(folder) / "src"


def _sources(include: Path, kernels: Sequence[str], *, signal: bool) -> list[Path]:
    micro = include / "tensorflow" / "lite" / "micro"
    files = (path for path in include.rglob("*.cc") if path.parent != micro / "kernels")
    chosen = [path for path in files if signal or "signal" not in path.parts]
    return chosen + [path for name in kernels if (path := micro / "kernels" / f"{name}.cc").exists()]


def archive(
    include: Path, machine: str, cache: Path, kernels: Sequence[str] = KERNELS, *, signal: bool = False
) -> Path:
    """The library compiled for a machine, from `cache` what is there of it; `signal`: with its audio front end."""
    objects = [_Object(path, machine, cache) for path in sorted(_sources(include, kernels, signal=signal))]
    made = cache / f"libtflm-{machine}-{_digest(''.join(each.target.name for each in objects))}.a"
    if made.exists():
        return made
    cache.mkdir(parents=True, exist_ok=True)
    third_party = include / "third_party"
    includes = [f"-I{include}", f"-I{third_party}", f"-I{third_party / 'kissfft'}"]
    with ThreadPoolExecutor(2) as pool:
        targets = list(pool.map(lambda each: each.compiled(includes), objects))
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        library = Path(folder) / "library.a"
        subprocess.run([f"{toolchain(machine)}ar", "rcs", library, *targets], check=True, timeout=600)
        library.rename(made)
    return made


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class _Object:
    """A source compiled for a machine, kept in the folder `cache`."""

    source: Path
    machine: str
    cache: Path

    @property
    def target(self) -> Path:
        """Called by all that decides on it."""
        stat = self.source.stat()
        key = f"{self.source} {stat.st_mtime_ns} {stat.st_size} {MACHINES[self.machine]}{FLAGS}"
        return self.cache / f"{self.source.stem}-{self.machine}-{_digest(key)}.o"

    def compiled(self, includes: Sequence[str]) -> Path:
        """The file, made if it is not there."""
        if not self.target.exists():
            with tempfile.TemporaryDirectory(dir=self.cache) as folder:
                made = Path(folder) / "made.o"
                command = [*compiler(self.machine, "g++"), *FLAGS, *includes, "-c", self.source, "-o", made]
                subprocess.run(command, check=True, timeout=3000)
                made.rename(self.target)
        return self.target


def kernels_of(include: Path, opcodes: Iterable[str]) -> tuple[str, ...]:
    """Names of the library's kernel files, without suffix, that register these operators, and what they share."""
    folder, wanted = include / "tensorflow" / "lite" / "micro" / "kernels", set(opcodes)
    found = []
    for path in sorted(folder.glob("*.cc")):
        if wanted & set(_REGISTRATION.findall(path.read_text("utf-8"))):
            found += [path.stem, f"{path.stem}_common"]
    return tuple(found)


def link_probe(
    model: Path, include: Path, library_archive: Path, machine: str, folder: Path, keep: str = "init"
) -> tuple[Path, Path]:
    """(ELF, manifest) of a model's probe with that library, and with the function `<name>_<keep>`."""
    assert main(["generate", str(model), "-o", str(folder), "--runtime", "tflm", "--tflm-include", str(include)]) == 0
    name = next(folder.glob("*_tflite.c")).name.removesuffix("_tflite.c")
    (manifest,) = folder.glob("*_model.json")
    includes = [f"-I{path}" for path in (folder, INCLUDE, include, include / "third_party")]
    c_flags = ("-Os", "-ffunction-sections", "-fdata-sections")
    objects = []
    for source in (manifest.with_suffix(".cc"), folder / f"{name}_tflite.c", PROBE_SOURCE):
        objects.append(str(folder / f"{source.stem}.o"))
        language, flags = ("g++", FLAGS) if source.suffix == ".cc" else ("gcc", c_flags)
        command = [*compiler(machine, language), *flags]
        subprocess.run([*command, *includes, "-c", str(source), "-o", objects[-1]], check=True, timeout=600)
    elf = folder / "probe.elf"
    group = ["-Wl,--start-group", str(library_archive), "-Wl,--end-group"]
    # gcc links where there is no libstdc++ to find: TFLM needs only its headers.
    link = compiler(machine, "g++" if toolchain(machine) == ARM else "gcc")
    subprocess.run(
        [*link, *link_flags(name), f"-Wl,-u,{name}_{keep}", *objects, *group, "-o", str(elf)], check=True, timeout=600
    )
    return elf, manifest


def struct_sizes(include: Path, machine: str, folder: Path) -> StructSizes:
    """Those of the library's structs on `machine`."""
    made = folder / "struct_sizes.o"
    includes = [f"-I{include}", f"-I{include / 'third_party'}"]
    flags = [*FLAGS, *STRUCT_SIZES_FLAGS]
    command = [*compiler(machine, "g++"), *flags, *includes, "-c", str(STRUCT_SIZES_SOURCE), "-o", str(made)]
    subprocess.run(command, check=True, timeout=600)
    return read_struct_sizes(made)
