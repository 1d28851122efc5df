"""The commands in docs/ci.md, run as they stand there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from report_samples import report_text

DOCS = (Path(__file__).parents[2] / "docs" / "ci.md").read_text("utf-8")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("one", "two"):
        folder = tmp_path / ".pio" / "build" / name / "tinyml"
        folder.mkdir(parents=True)
        (folder / "report.json").write_text(report_text().replace('"vl"', f'"{name}"'))
    return tmp_path


def run(project: Path, script: str) -> subprocess.CompletedProcess[str]:
    """As a step of the workflow does, with this interpreter as `python` and no package but the library's own folder."""
    tools = project / "tools"
    tools.mkdir()
    (tools / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')
    (tools / "pio-tinyml").write_text('#!/bin/sh\nexec python -m platformio_tinyml "$@"\n')
    for tool in tools.iterdir():
        tool.chmod(0o755)
    env = {
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "GITHUB_STEP_SUMMARY": str(project / "summary.md"),
    }
    return subprocess.run(
        ["bash", "-e", "-c", script], cwd=project, env=env, capture_output=True, text=True, check=False
    )


def test_the_step_of_the_workflow(project: Path) -> None:
    step = DOCS.partition("- name: Reports")[2].partition("- name:")[0].partition("run: |\n")[2]
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    result = run(
        project, re.sub(r"^ {8}", "", step, flags=re.MULTILINE).replace("export PYTHONPATH", "export ELSEWHERE")
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert (project / "summary.md").read_text().count("### :x: tinyml") == 2
    for name in ("tinyml.sarif", "tinyml.xml"):
        assert f" {name}" in DOCS and (project / name).stat().st_size


@pytest.mark.parametrize("command", re.findall(r"^    (pio-tinyml .*)$", DOCS, re.MULTILINE))
def test_commands(project: Path, command: str) -> None:
    result = run(project, command)
    assert (result.returncode, result.stderr) == (0, "")
    assert any((project / name).exists() for name in ("comment.md", "tinyml-baseline.json"))


def test_action_and_workflow_are_yaml() -> None:
    yaml = pytest.importorskip("yaml")
    action, workflow = map(yaml.safe_load, re.findall(r"```yaml\n(.*?)```", DOCS, re.DOTALL))
    steps = action["runs"]["steps"]
    assert [step.get("name") for step in steps if "name" in step] == [
        *("Install", "Build", "Reports", "Keep", "Code scanning", "Comment"),
    ]
    assert all(step["shell"] == "bash" for step in steps if "run" in step), "a composite action has to say so"
    assert workflow["jobs"]["build"]["steps"][-1] == {"uses": "./.github/actions/tinyml"}
