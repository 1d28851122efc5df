"""What README shows compiles as it stands."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from platformio_tinyml.cli.main import main

pytestmark = pytest.mark.slow

ARDUINO = """\
#pragma once
#include <stdint.h>
static const int A0 = 14;
inline int analogRead(int) { return 512; }
struct Port { void begin(long) {} void println(const char *) {} void println(int) {} };
static Port Serial;
"""


@pytest.fixture
def snippets(repo: Path) -> dict[str, str]:
    """README's blocks of code by language."""
    return dict(
        re.findall(r"^```(c|cpp)\n(.*?)^```", (repo / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    )


@pytest.fixture
def model(repo: Path) -> Path:
    return repo / "examples" / "digits" / "models" / "digits.tflite"


def test_the_whole_main(make_project, snippets, model, repo):
    """With README's budgets, which hold for the model of examples/digits."""
    readme = (repo / "README.md").read_text("utf-8")
    budgets = "\n".join(re.findall(r"^ +(custom_tinyml_\w+_budget = \d+ \w+)", readme, re.MULTILINE))
    assert budgets.count("_budget") >= 2
    project = make_project(f"[env:net]\nboard = netduinoplus2\n{budgets}\n")
    for other in (project.folder / "models").iterdir():
        other.unlink()
    shutil.copy(model, project.folder / "models" / "kws.tflite")
    project.write("src/main.c", snippets["c"])
    build = project.run()
    assert build.code == 0, build.output


def test_the_sketch(snippets, model, tmp_path):
    assert main(["generate", str(model), "-o", str(tmp_path), "--name", "kws"]) == 0
    assert main(["generate", str(model), "-o", str(tmp_path), "--name", "kws", "--with-runtime"]) == 0
    (tmp_path / "Arduino.h").write_text(ARDUINO)
    (tmp_path / "main.cpp").write_text(snippets["cpp"])
    command = ["g++", "-std=c++11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-I", str(tmp_path), "main.cpp"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
