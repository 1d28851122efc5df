"""A project with TensorFlow Lite Micro, less the kernels that nothing calls, and an environment for each core."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from conftest import Project
from cross_compilers import cxx_headers

KERNELS = {"fully_connected.cc", "fully_connected_common.cc", "kernel_util.cc", "micro_tensor_utils.cc"}
MAIN = """\
#include <stdio.h>
#include <sine_model.h>

int main(void) {
    int i;
    if (sine_init() != TINYML_OK) {
        return 1;
    }
    for (i = -120; i < 128; i += 40) {
        *sine_input_0() = (int8_t)i;
        sine_invoke();
        printf("%d ", *sine_output_0());
    }
    printf("\\n");
    return 0;
}
"""
INI = """\
[platformio]
build_cache_dir = {cache}

[env]
platform = {platform}
lib_deps =
  symlink://{repo}
  symlink://{library}

[env:net]
board = netduinoplus2
OPTIONS

[env:microbit]
board = microbit

[env:hifive1-revb]
board = hifive1-revb
build_flags = {cxx_headers}

[env:host]
board = host
HOST

[env:lx106]
platform = {xtensa}
board = lx106
build_flags = {cxx_headers}
"""


@dataclass(frozen=True)
class TflmProject(Project):
    """A project that can be given other options for its environment `net`."""

    ini: str

    def configure(self, options: str = "", host: str = "") -> None:
        self.write("platformio.ini", self.ini.replace("OPTIONS", options).replace("HOST", host))


def copy_library(given: str, folder: Path) -> Path:
    """The library `given`, without the kernels that the tests' models do not call."""
    shutil.copytree(given, folder, ignore=_other_kernels)
    return folder


def _other_kernels(folder: str, names: list[str]) -> list[str]:
    is_kernels = Path(folder).parts[-2:] == ("micro", "kernels")
    return [name for name in names if is_kernels and name.endswith(".cc") and name not in KERNELS]


def write_project(folder: Path, pio, repo: Path, **paths: object) -> TflmProject:
    """`paths` are those of INI: `cache`, `library`, and what to write after `platform =` (`platform`, `xtensa`)."""
    ini = INI.format(repo=repo, cxx_headers=" ".join(cxx_headers()), **paths)
    project = TflmProject(folder, pio, ini)
    project.write("src/main.c", MAIN)
    (folder / "models").mkdir()
    shutil.copy(repo / "examples" / "sine" / "models" / "sine.tflite", folder / "models")
    project.configure()
    return project
