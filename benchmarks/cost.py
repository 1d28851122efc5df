"""What the library costs a build in which nothing changed: `python benchmarks/cost.py [RUNS]`.

Four projects on an emulated board, built once, then in turns RUNS times (21): without the library, with it switched
off, with it and no models, and with it and a model. Printed are medians of the time that passes and of the
processor's, and their ratios. PLATFORMIO_CORE_DIR names a core directory as scripts/make_core.py makes one.
"""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
INI = f"[env:a]\nplatform = symlink://{REPO / 'platform-emulated'}\nboard = netduinoplus2\n"
LIBRARY = f"lib_deps = symlink://{REPO}\n"
EMPTY = "int main(void) { return 0; }\n"
MODEL = "#include <sine_model.h>\nint main(void) { return sine_init() + sine_invoke() + *sine_output_0(); }\n"
PROJECTS = {
    "without": (INI, EMPTY),
    "off": (f"{INI}{LIBRARY}custom_tinyml = off\n", EMPTY),
    "no models": (f"{INI}{LIBRARY}", EMPTY),
    "a model": (f"{INI}{LIBRARY}", MODEL),
}
"""platformio.ini and src/main.c by name."""


def make(folder: Path, ini: str, main: str, *, model: bool) -> None:
    """Write a project."""
    (folder / "src").mkdir(parents=True)
    (folder / "platformio.ini").write_text(ini, "utf-8")
    (folder / "src" / "main.c").write_text(main, "utf-8")
    if model:
        (folder / "models").mkdir()
        shutil.copy(REPO / "examples" / "sine" / "models" / "sine.tflite", folder / "models")


def build(folder: Path) -> tuple[float, float]:
    """Seconds that pass and seconds of the processor, of one `pio run`."""
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "platformio", "run"]
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    passed, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{folder}:\n{done.stdout}{done.stderr}")
    return passed, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(runs: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="cost.") as temporary:
        folders = {name: Path(temporary, name.replace(" ", "_")) for name in PROJECTS}
        for name, (ini, source) in PROJECTS.items():
            make(folders[name], ini, source, model=name == "a model")
            build(folders[name])
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in PROJECTS}
        for _ in range(runs):
            for name, folder in folders.items():
                times[name].append(build(folder))
    medians = {name: [statistics.median(each) for each in zip(*rows, strict=True)] for name, rows in times.items()}
    print(f"no change, medians of {runs}: seconds that pass, of the processor; both against the project without")
    for name, (passed, processor) in medians.items():
        against = [value / base for value, base in zip(medians[name], medians["without"], strict=True)]
        print(f"{name:10} {passed:6.3f} {processor:6.3f}   x{against[0]:.3f} x{against[1]:.3f}")
    more = [value - base for value, base in zip(medians["a model"], medians["no models"], strict=True)]
    print(f"a model against none: {more[0]:+.3f} s, {more[1]:+.3f} s of the processor")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 21)
