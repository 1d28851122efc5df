"""A real cmake, with the tool of this repository on PATH; a plugin of pytest."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def tool(tmp_path_factory) -> Path:
    """A program pio-tinyml of this repository, as pip would put it on PATH."""
    path = tmp_path_factory.mktemp("bin") / "pio-tinyml"
    path.write_text(f"#!{sys.executable}\nfrom platformio_tinyml.cli import main\nraise SystemExit(main())\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def cmake(tool, repo, tmp_path):
    """Runs cmake in a folder with the tool on PATH."""
    variables = {name: value for name, value in os.environ.items() if name not in ("CFLAGS", "MAKEFLAGS")}
    env = {**variables, "PATH": f"{tool.parent}:{os.environ['PATH']}", "PYTHONPATH": str(repo)}

    def run(*words: object, folder: Path = tmp_path) -> subprocess.CompletedProcess[str]:
        command = ["cmake", *map(str, words)]
        return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=600, check=False)

    return run
