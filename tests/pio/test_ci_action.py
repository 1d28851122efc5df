"""The composite action of docs/ci.md: its steps of shell, one after another, in a project with two environments."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "ci.md").read_text("utf-8")
FROM_GITHUB = {"inputs.project": "fw", "github.token": "token", "github.event.number": "7"}
GH = '#!/bin/sh\necho "$@" > ../gh.txt\ncat "$5" >> ../gh.txt\n'


@pytest.mark.slow
@pytest.mark.parametrize("budget", ["128 KB", "1 KB"])
def test_steps_of_the_action(make_project, library_copy, core_dir, tmp_path, budget):
    yaml = pytest.importorskip("yaml")
    action = yaml.safe_load(next(iter(re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))))
    options = (
        f"lib_deps = file://{library_copy}\ncustom_tinyml_cache = ${{sysenv.TINYML_CACHE}}\n"
        f"custom_tinyml_profile = off\ncustom_tinyml_verify = off\ncustom_tinyml_flash_budget = {budget}"
    )
    make_project("[env:a]\nboard = netduinoplus2\n[env:b]\nboard = netduinoplus2", options, "fw")
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, text in (
        ("gh", GH),
        ("python", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n'),
        ("pio", f'#!/bin/sh\nexec "{sys.executable}" -m platformio "$@"\n'),
        ("pip", '#!/bin/sh\necho "$@" >> ../pip.txt\n'),
    ):
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    variables = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PLATFORMIO"))},
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path / "home"),
        "PLATFORMIO_CORE_DIR": str(core_dir),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
    }
    codes = {}
    for step in action["runs"]["steps"]:
        if "run" not in step:
            continue
        given = {name: filled(value) for name, value in step.get("env", {}).items()}
        assert "${{" not in step["run"], "values go through variables: a title may hold shell"
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=tmp_path / filled(step.get("working-directory", "fw")),
            env={**variables, **given},
            capture_output=True,
            text=True,
            check=False,
        )
        codes[step["name"]] = done.returncode
        assert done.returncode == 0 or step["name"] == "Build", done.stdout + done.stderr
        if codes.get("Build"):
            assert step["name"] in ("Install", "Build") or "cancelled()" in step["if"], "runs after a failure too"
    assert codes["Build"] == (0 if budget == "128 KB" else 1)
    told = (tmp_path / "gh.txt").read_text()
    assert told.startswith("pr comment 7 --body-file comment.md") and told.count("### ") == 2
    assert (tmp_path / "summary.md").read_text().count("### ") == 2
    assert all((tmp_path / "fw" / name).stat().st_size for name in ("tinyml.sarif", "tinyml.xml"))
    if budget == "128 KB":
        assert list((tmp_path / "home" / ".tinyml-cache").glob("*/sine_model.c"))


def filled(text: str) -> str:
    """What GitHub puts into `${{ }}`."""
    return re.sub(r"\$\{\{ ([\w.]+) \}\}", lambda found: FROM_GITHUB[found[1]], str(text))
