"""Print a table of models in both runtimes: taken or refused, in which words, equal to TFLM or not, arena.

python scripts/both_runtimes.py FOLDER

FOLDER is searched for `.tflite` files, folders in it too. Compiled: built for a Cortex-M4, run in the emulator. tflm:
the same with the library that TINYML_TFLM_LIBRARY names; without one nothing is run. The bound is the one that
`inspect` prints, of typical structs and reference kernels. Both
are compared with TFLM's reference kernels (the package tflite_micro) over some invokes, one after another.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), *(str(ROOT / "tests" / folder) for folder in ("", "runtime", "targets", "tflm"))]

from real_tflm import KERNELS, archive, kernels_of, link_probe  # noqa: E402
from target_firmware import BoardFirmware  # noqa: E402

from platformio_tinyml.cli.runtimes import RuntimeVerdict, verdicts  # noqa: E402
from platformio_tinyml.emulate.inputs import arbitrary_inputs  # noqa: E402
from platformio_tinyml.errors import ModelError, SetupError  # noqa: E402
from platformio_tinyml.firmware.elf import read_image  # noqa: E402
from platformio_tinyml.manifest import Manifest, manifest_from_json  # noqa: E402
from platformio_tinyml.model import TensorType  # noqa: E402
from platformio_tinyml.operators import check_model  # noqa: E402
from platformio_tinyml.simplify import simplify  # noqa: E402
from platformio_tinyml.tflite import read_model  # noqa: E402
from platformio_tinyml.tflm.probe import Probe  # noqa: E402
from platformio_tinyml.tflm.wheel import run_wheel  # noqa: E402

BOARD, MACHINE = "netduinoplus2", "cortex-m4"
INVOKES = 4
CLOSE = 1e-4
"""Relative and absolute, of float32: functions of another C library may differ in the last places."""
HEAD = """\
| model | compiled | arena + state | tflm | arena | its bound | of it state |
| --- | --- | --: | --- | --: | --: | --: |
"""
Samples = Sequence[tuple[bytes, ...]]
Invoke = Callable[[Manifest, tuple[bytes, ...]], tuple[bytes, ...]]


@dataclass(frozen=True)
class Verdict:
    """One runtime: what is said of the model, and bytes where they are known."""

    said: str
    arena: int | None = None
    state: int = 0
    bound: int | None = None

    @property
    def is_fault(self) -> bool:
        """Whether it computes something else, or takes more than the bound."""
        return self.said.startswith("DIFFERS") or (self.bound or self.arena or 0) < (self.arena or 0)


@dataclass(frozen=True)
class Row:
    """One model in both."""

    name: str
    compiled: Verdict
    tflm: Verdict

    @property
    def is_fault(self) -> bool:
        """Whether a runtime is wrong, or the compiled one refuses without a word what TFLM runs."""
        silent = self.compiled.said == "refused: "
        return self.compiled.is_fault or self.tflm.is_fault or silent

    def text(self) -> str:
        """A line of the table."""
        one, other = self.compiled, self.tflm
        planned = "-" if one.arena is None else f"{one.arena:,} + {one.state:,}"
        measured, bound = ("-" if each is None else f"{each:,}" for each in (other.arena, other.bound))
        return f"| {self.name} | {one.said} | {planned} | {other.said} | {measured} | {bound} | {other.state:,} |"


def row(path: Path, name: str, library: tuple[Path, Path] | None) -> Row:
    """`library` are the include folder of a TFLM and its archive for MACHINE."""
    data = path.read_bytes()
    try:
        model = read_model(data, "m")
        simplified = simplify(model)
        compiled, tflm = verdicts(simplified, data)
    except ModelError as error:
        refused = Verdict(f"refused: {error.message}")
        return Row(name, refused, refused)
    with tempfile.TemporaryDirectory() as folder:
        violations = check_model(simplified.model)
        if violations:
            found = (f"{each.operator}: {each.rule} {each.found}" for each in violations)
            one = Verdict(f"refused: {'; '.join(found)}")
        else:
            firmware = BoardFirmware([model], BOARD, Path(folder))
            (manifest,) = firmware.manifests
            said = compared(path, manifest, firmware.invoke)
            one = Verdict(said, compiled.arena, compiled.state)
    return Row(name, one, _with_tflm(path, tflm, library))


def _with_tflm(path: Path, verdict: RuntimeVerdict, library: tuple[Path, Path] | None) -> Verdict:
    if verdict.refused:
        return Verdict(f"refused: {verdict.refused}")
    if library is None:
        return Verdict("not run", None, verdict.state, verdict.arena)
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "m.tflite"
        model.write_bytes(path.read_bytes())
        with redirect_stdout(StringIO()):  # the files that generate names
            elf, manifest_path = link_probe(model, *library, MACHINE, Path(folder), "invoke")
        manifest = manifest_from_json(manifest_path.read_text())
        probe = Probe(read_image(elf), "m")
        try:
            size = probe.measure(None, manifest.arena.lower_bound).total
        except SetupError as error:
            return Verdict(f"refused: {error.message}")
        probe.accepts(None, size)
        return Verdict(compared(path, manifest, probe.invoke_again), size, verdict.state, verdict.arena)


def compared(path: Path, manifest: Manifest, invoke: Invoke) -> str:
    """`equal`, `within ...`, `DIFFERS ...`, or why nothing can be compared."""
    samples = tuple(islice(arbitrary_inputs(manifest), INVOKES))
    sizes = [tensor.bytes for tensor in manifest.outputs]
    try:
        found = [invoke(manifest, sample) for sample in samples]
        expected = list(run_wheel(path, len(manifest.inputs), "outputs", range(len(sizes)), sizes, samples))
    except SetupError as error:
        return f"builds; {error.message}"
    if found == expected:
        return "equal"
    far = [
        f"output {position} at invoke {number}"
        for number, (one, other) in enumerate(zip(found, expected, strict=True))
        for position, tensor in enumerate(manifest.outputs)
        if not _close(tensor.type, one[position], other[position])
    ]
    return f"DIFFERS: {', '.join(far)}" if far else f"within {CLOSE:g}"


def _close(type_: str, one: bytes, other: bytes) -> bool:
    if type_ != TensorType.FLOAT32.name:
        return one == other
    found, expected = (np.frombuffer(data, "<f4") for data in (one, other))
    return bool(np.allclose(found, expected, rtol=CLOSE, atol=CLOSE, equal_nan=True))


def rows(folder: Path, library: tuple[Path, Path] | None = None) -> Iterator[Row]:
    """Of all models of a folder, in the order of their names."""
    for path in sorted(folder.rglob("*.tflite")):
        yield row(path, path.relative_to(folder).with_suffix("").as_posix(), library)


def real_library(folder: Path) -> tuple[Path, Path] | None:
    """(include folder, archive) of the library that TINYML_TFLM_LIBRARY names, with the operators of these models.

    What is compiled is kept.
    """
    given = os.environ.get("TINYML_TFLM_LIBRARY")
    if not given:
        return None
    include = Path(given) / "src"
    cache = ROOT / ".pytest_cache" / "d" / "tflm"
    kernels = dict.fromkeys((*KERNELS, *kernels_of(include, _opcodes(folder))))
    return include, archive(include, MACHINE, cache, tuple(kernels), signal=True)


def _opcodes(folder: Path) -> set[str]:
    found: set[str] = set()
    for path in folder.rglob("*.tflite"):
        try:
            model = read_model(path.read_bytes(), "m")
        except ModelError:
            continue
        found |= {operator.opcode for graph in (model, *model.subgraphs) for operator in graph.operators}
    return found


def main() -> int:
    """1 where a model differs, or is refused without a word; 0 where there is no folder, and the reason is told."""
    folder = Path(sys.argv[1]) if len(sys.argv) == 2 else None
    if folder is None or not folder.is_dir():
        print("skipped: no folder of models is given" if folder is None else f"skipped: there is no folder {folder}")
        return 0
    print(HEAD, end="")
    faults = 0
    for each in rows(folder, real_library(folder)):
        print(each.text(), flush=True)
        faults += each.is_fault
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
