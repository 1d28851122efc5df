"""`env.TinyML()` in a plain SConstruct: SCons without PlatformIO."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

MAIN = """\
#include <stdio.h>
#include "sine_model.h"

int main(void) {
    sine_init();
    *sine_input_0() = 20;
    sine_invoke();
    printf("sine %d\\n", *sine_output_0());
    return 0;
}
"""


@pytest.fixture
def folder(tmp_path: Path, repo: Path) -> Path:
    """A project made of the SConstruct in the builder's documentation."""
    example = (repo / "docs" / "incremental.md").read_text(encoding="utf-8")
    text = example.split("```python\n")[1].split("```")[0]
    place = tmp_path / "a folder with 'quotes' ü"
    (place / "models").mkdir(parents=True)
    (place / "SConstruct").write_text(
        text.replace("path/to/platformio-tinyml", str(repo)).replace("kws", "sine"), encoding="utf-8"
    )
    (place / "main.c").write_text(MAIN)
    shutil.copy(repo / "examples" / "sine" / "models" / "sine.tflite", place / "models")
    return place


def scons(folder: Path, core_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "SCons", "-j2", *arguments],
        cwd=folder,
        env={**os.environ, "PLATFORMIO_CORE_DIR": str(core_dir), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_builds_and_rebuilds(folder: Path, core_dir: Path):
    first = scons(folder, core_dir)
    assert first.returncode == 0, first.stdout + first.stderr
    assert first.stdout.count("run_tool.py") == 1
    assert subprocess.run([folder / "app"], capture_output=True, text=True, check=True).stdout.startswith("sine ")
    nothing = scons(folder, core_dir).stdout.partition("Building targets ...")[2]
    assert nothing.split("\n", 2) == ["", "scons: done building targets.", ""], "no command is started"
    assert scons(folder, core_dir, "-c").returncode == 0
    assert not (folder / "build" / "tinyml" / "sine_model.c").exists()
    again = scons(folder, core_dir)
    assert again.returncode == 0
    assert "run_tool.py" not in again.stdout, "the cache has it"


def test_errors(folder: Path, core_dir: Path):
    (folder / "models" / "sine.tflite").write_bytes(b"TFL3")
    refused = scons(folder, core_dir)
    assert refused.returncode == 2
    assert "sine.tflite" in refused.stderr
    assert "Traceback" not in refused.stdout + refused.stderr


def test_the_docstring_has_the_documented_example(repo: Path):
    documented = (repo / "docs" / "incremental.md").read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    docstring = (repo / "platformio_tinyml" / "pio" / "builder.py").read_text(encoding="utf-8")
    assert "".join(f"    {line}\n" if line else "\n" for line in documented.splitlines()) in docstring
