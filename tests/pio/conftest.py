"""PlatformIO projects with a model, built for real, their commands counted."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

AUDIT = Path(__file__).parent / "audit"

MAIN = """\
#include <stdio.h>
#include <sine_model.h>

int main(void) {
    sine_init();
    *sine_input_0() = 20;
    sine_invoke();
    printf("sine %d\\n", *sine_output_0());
    return 0;
}
"""

COMMANDS = (
    (r"run_tool\.py.* (generate|check|quantize|probe|baseline|fit|verify|profile) ", r"\1"),
    (r" -m pip ", "pip"),
    (r" -o [^ ]*?([\w+-]+\.o)\"? -c ", r"compile \1"),
    (r" -o [^ ]*firmware\.elf\"? ", "link"),
    (r" -o [^ ]*probe\.elf\"? ", "link probe"),
    (r" -o [^ ]*token\.elf\"? ", "link token"),
    (r"objcopy ", "image"),
    (r"-size |^uname |^xdg-user-dir ", "platformio"),
    (r"-(?:gcc-)?ar ", "archive"),
    (r"-(?:gcc-)?ranlib ", "archive"),
)
"""What a command is, by a pattern; `platformio` is what PlatformIO itself starts in every build."""


@dataclass(frozen=True)
class Build:
    """What became of one `pio run`."""

    code: int
    stdout: str
    stderr: str
    started: tuple[str, ...]
    """The commands that SCons started, sorted, as COMMANDS names them; `platformio` left out."""

    @property
    def output(self) -> str:
        return self.stdout + self.stderr


@dataclass(frozen=True)
class Project:
    """A project folder and how to build it."""

    folder: Path
    pio: Callable[..., subprocess.CompletedProcess[str]]

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def built(self, environment: str, name: str = "") -> Path:
        return self.folder / ".pio" / "build" / environment / name

    def run(self, *arguments: str, env: Mapping[str, str] | None = None) -> Build:
        log = self.folder.parent / f"{self.folder.name}.started"
        log.unlink(missing_ok=True)
        variables = {"PYTHONPATH": str(AUDIT), "STARTED": str(log), **(env or {})}
        result = self.pio(self.folder, "run", "-j2", *arguments, env=variables)
        lines = log.read_text(encoding="utf-8").splitlines() if log.is_file() else []
        names = sorted(_name(" ".join(json.loads(line))) for line in lines)
        return Build(result.returncode, result.stdout, result.stderr, tuple(n for n in names if n != "platformio"))


def _name(command: str) -> str:
    for pattern, name in COMMANDS:
        if match := re.search(pattern, command):
            return match.expand(name)
    return command


@pytest.fixture
def library_copy(repo: Path, tmp_path: Path) -> Path:
    """The library in a folder of its own, without what is only for its development."""
    folder = tmp_path / "platformio-tinyml"
    shutil.copytree(
        repo / "platformio_tinyml", folder / "platformio_tinyml", ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in ("extra_script.py", "library.json"):
        shutil.copy(repo / name, folder)
    return folder


@pytest.fixture
def make_project(tmp_path: Path, repo: Path, emulated: str, pio: Callable[..., subprocess.CompletedProcess[str]]):
    """`make(environments, common, name)`: a project with the example's model; `common` goes under [env]."""

    def make(environments: str, common: str = f"lib_deps = symlink://{repo}", name: str = "project") -> Project:
        project = Project(tmp_path / name, pio)
        project.write("platformio.ini", f"[env]\nplatform = {emulated}\n{common}\n\n{environments}\n")
        project.write("src/main.c", MAIN)
        (project.folder / "models").mkdir()
        shutil.copy(repo / "examples" / "sine" / "models" / "sine.tflite", project.folder / "models")
        return project

    return make
