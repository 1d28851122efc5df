"""`pip install` beside PlatformIO: the same build, by a script of two lines in the project."""

import subprocess
import sys
import zipfile

import pytest

SCRIPT = """\
Import("env")
from platformio_tinyml.pio.entries import run_pre_script

run_pre_script(env)
"""


@pytest.fixture
def wheel(unpacked, tmp_path):
    """Made of the tarball's files, as docs/packages.md says."""
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    command += ["-w", tmp_path / "wheels", unpacked]
    subprocess.run(command, check=True)
    [wheel] = (tmp_path / "wheels").iterdir()
    return wheel


@pytest.mark.slow
def test_a_build_with_the_wheel_alone(repo, tracked_files, wheel, fresh_core, tmp_path, pio, emulated):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name for name in tracked_files if name.startswith("platformio_tinyml/")} <= names
    assert all(name.startswith("platformio_tinyml") for name in names)

    site = tmp_path / "site-packages"
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", site, wheel], check=True)
    # What lies beside it there is not what a build uses.
    (site / "jinja2.py").write_text("raise SystemExit('not the pinned one')")
    project = tmp_path / "project"
    for folder in ("src", "models"):
        (project / folder).mkdir(parents=True)
    sine = repo / "examples" / "sine"
    (project / "src" / "main.c").write_text((sine / "src" / "main.c").read_text())
    (project / "models" / "sine.tflite").write_bytes((sine / "models" / "sine.tflite").read_bytes())
    (project / "tinyml.py").write_text(SCRIPT)
    (project / "platformio.ini").write_text(
        f"[env:host]\nplatform = {emulated}\nboard = host\nextra_scripts = pre:tinyml.py\n"
    )
    assert SCRIPT in (repo / "docs" / "packages.md").read_text("utf-8")
    done = pio(
        project,
        *("run", "-v", "-t", "exec"),
        env={"PLATFORMIO_CORE_DIR": str(fresh_core), "PYTHONPATH": str(site)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{site}/platformio_tinyml/pio/run_tool.py" in done.stdout
    assert str(repo / "platformio_tinyml") not in done.stdout
    assert "worst error: " in done.stdout
