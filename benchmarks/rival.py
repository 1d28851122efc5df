"""TensorFlow Lite Micro built for a core from a library folder that the caller has, to be counted as this project is.

The folder is a PlatformIO library, with src/. Its kernels are CMSIS-NN's where it has some and the core is Arm's, else
TFLM's own. Objects are kept in .tools/rival by what they are made of.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPO))

from platformio_tinyml.cli.main import main  # noqa: E402
from platformio_tinyml.emulate import Emulator  # noqa: E402
from platformio_tinyml.emulate.inputs import arbitrary_inputs  # noqa: E402
from platformio_tinyml.firmware.elf import read_image  # noqa: E402
from platformio_tinyml.manifest import read_manifest  # noqa: E402
from platformio_tinyml.standalone.targets import Target  # noqa: E402
from platformio_tinyml.tflm.link import PROBE_SOURCE, link_flags  # noqa: E402
from platformio_tinyml.tflm.probe import Probe  # noqa: E402
from platformio_tinyml.timing import find_timing  # noqa: E402

CACHE = REPO / ".tools" / "rival"
ARENA = 256 << 10
LEVEL = "-O2"
OPERATORS = ("add", "conv", "depthwise_conv", "fully_connected", "pooling", "softmax", "reshape", "quantize")
KERNELS = {f"{name}{suffix}" for name in OPERATORS for suffix in ("", "_common")} | {
    "kernel_util",
    "micro_tensor_utils",
}
"""What models of MLPerf Tiny need; all of TFLM takes ten minutes to compile."""
OTHER_TYPES = re.compile(r"(?<!s8)_(s16|s4|f16|f32)$|_s4_|lstm|svdf|transpose_conv|batch_matmul")
"""CMSIS-NN's for other operators and types, by their files' names."""
DEFINES = ("-DTF_LITE_STATIC_MEMORY", "-DNDEBUG", "-DTF_LITE_STRIP_ERROR_STRINGS")
FLAGS = (LEVEL, "-ffunction-sections", "-fdata-sections", "-w", *DEFINES)
CXX_FLAGS = ("-std=c++17", "-fno-exceptions", "-fno-rtti")


@dataclass(frozen=True)
class Cost:
    """Of one Invoke: exact instructions, and cycles by the core's timings, None without."""

    instructions: int
    cycles: int | None


def rival_of(target: Target) -> Rival | None:
    """Of the library that TINYML_TFLM_CMSIS_NN_LIBRARY names, for cores that are not Arm's TINYML_TFLM_LIBRARY; None
    without."""
    is_arm = target.compiler.startswith("arm-")
    folder = os.environ.get("TINYML_TFLM_CMSIS_NN_LIBRARY" if is_arm else "TINYML_TFLM_LIBRARY")
    return Rival(Path(folder), target) if folder else None


class Rival:
    """The library at `folder` for a target."""

    def __init__(self, folder: Path, target: Target) -> None:
        self._target = target
        self._include = folder / "src"
        cmsis = self._include / "third_party" / "cmsis_nn"
        self.kernels = "CMSIS-NN" if cmsis.is_dir() and target.compiler.startswith("arm-") else "reference"
        folders = [self._include, self._include / "third_party"]
        if self.kernels == "CMSIS-NN":
            core = self._include / "third_party" / "cmsis" / "CMSIS" / "Core" / "Include"
            folders += [cmsis, cmsis / "Include", core]
        self._includes = [f"-I{each}" for each in folders]
        self._objects = self._compile()

    def cost(self, model: Path) -> Cost:
        """Build the model with it, and run it once. Raises SetupError for what does not run."""
        board = self._target.board
        timing = find_timing((board.core,), board.mcu, board.mhz and board.mhz * 1_000_000)
        with tempfile.TemporaryDirectory(prefix="tinyml-rival-") as name:
            elf, path = self._link(model, Path(name))
            manifest, image = read_manifest(path), read_image(elf)
        probe = Probe(image, manifest.name, board.core if board.core.startswith("cortex") else "")
        inputs = next(arbitrary_inputs(manifest))
        probe.invoke(manifest, None, ARENA, inputs)
        emulator: Emulator = probe.emulator
        call = emulator.call(manifest.invoke)
        call.work["flash_lines"] += manifest.macs // timing.counted_with.line if timing else 0
        return Cost(call.instructions, timing.cycles(call.work) if timing else None)

    def _sources(self) -> Iterator[Path]:
        micro = self._include / "tensorflow" / "lite" / "micro"
        kernels = micro / "kernels"
        for path in sorted(self._include.rglob("*.cc")):
            if "signal" not in path.parts and kernels not in path.parents:
                yield path
        for name in sorted(KERNELS):
            choice = [kernels / "cmsis_nn" / f"{name}.cc"] if self.kernels == "CMSIS-NN" else []
            yield from [path for path in (*choice, kernels / f"{name}.cc") if path.exists()][:1]
        if self.kernels == "CMSIS-NN":
            sources = (self._include / "third_party" / "cmsis_nn" / "Source").rglob("*.c")
            yield from sorted(path for path in sources if not OTHER_TYPES.search(path.stem))

    def _compile(self) -> list[str]:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return list(pool.map(self._object, self._sources()))

    def _command(self, source: Path) -> list[str]:
        compiler = self._target.compiler
        flags = list(FLAGS) + (["-DCMSIS_NN"] if self.kernels == "CMSIS-NN" else [])
        if source.suffix == ".cc":
            compiler = compiler.removesuffix("gcc") + "g++"
            flags += [*CXX_FLAGS, *([] if compiler.startswith("arm-") else cxx_headers())]
        specs = [f"--specs={self._target.specs}"] if self._target.specs else []
        return [compiler, *self._target.flags, *specs, *flags, *self._includes]

    def _object(self, source: Path) -> str:
        command = self._command(source)
        stamp = f"{command} {source} {source.stat().st_mtime_ns} {source.stat().st_size}"
        made = CACHE / f"{hashlib.sha256(stamp.encode()).hexdigest()[:20]}.o"
        if not made.exists():
            CACHE.mkdir(parents=True, exist_ok=True)
            fresh = made.with_suffix(f".{os.getpid()}.{source.stem}")
            subprocess.run([*command, "-c", str(source), "-o", str(fresh)], check=True)
            fresh.rename(made)
        return str(made)

    def _link(self, model: Path, folder: Path) -> tuple[Path, Path]:
        """(ELF, manifest)."""
        words = ["generate", str(model), "-o", str(folder), "--runtime", "tflm", "--tflm-include", str(self._include)]
        with redirect_stdout(StringIO()):
            failed = main(words)
        if failed:
            sys.exit(f"{model.name} cannot be generated for {self._include}")
        (manifest,) = folder.glob("*_model.json")
        name = read_manifest(manifest).name
        objects = []
        for source in (manifest.with_suffix(".cc"), folder / f"{name}_tflite.c", PROBE_SOURCE):
            objects.append(str(folder / f"{source.stem}.o"))
            runtime = REPO / "platformio_tinyml" / "runtime" / "include"
            own = [f"-I{folder}", f"-I{runtime}"]
            subprocess.run([*self._command(source), *own, "-c", str(source), "-o", objects[-1]], check=True)
        elf = folder / "rival.elf"
        # What is left out is of other types, and not run.
        ends = ["-Wl,--unresolved-symbols=ignore-all", "-lm", "-o", str(elf)]
        link = [*self._command(PROBE_SOURCE), *link_flags(name), *objects, *self._objects, *ends]
        subprocess.run(link, check=True)
        return elf, manifest


def cxx_headers() -> Sequence[str]:
    """For compilers without libstdc++ (Debian's for RISC-V): Arm's headers serve, TFLM links none of it."""
    said = subprocess.run(
        ["arm-none-eabi-g++", "-E", "-v", "-x", "c++", "/dev/null"], check=True, capture_output=True, text=True
    ).stderr
    folders = [line.strip() for line in said.splitlines() if line.startswith(" /") and "/c++/" in line]
    return [word for folder in folders for word in ("-isystem", folder)]
