"""The packages of the build as a real pip installs them: from an index, an altered one, none, a silent one."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from platformio_tinyml import pip_install
from platformio_tinyml.errors import SetupError
from platformio_tinyml.pip_install import download_command
from platformio_tinyml.tool_env import EMULATOR_PINS, ORACLE_PINS, PINS, ToolEnvironment, pins

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheels of the build."""
    folder = tmp_path_factory.mktemp("wheels")
    subprocess.run(download_command(sys.executable, PINS, folder), check=True, capture_output=True)
    return folder


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """pip without this computer's configuration."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return monkeypatch


@pytest.fixture
def index(wheels: Path, tmp_path: Path, alone: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package index on this computer, which pip is told to ask; its folder, one below it for each package."""
    folder = tmp_path / "index"
    for wheel in wheels.iterdir():
        name = wheel.name.split("-")[0].lower().replace("_", "-")
        (folder / name).mkdir(parents=True)
        shutil.copy(wheel, folder / name)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    alone.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}")
    yield folder
    server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


def failure(environment: ToolEnvironment, told: list[str] | None = None) -> SetupError:
    with pytest.raises(SetupError) as caught:
        environment.ensure((told if told is not None else []).append)
    assert not environment.ready()
    assert "Traceback" not in caught.value.message
    return caught.value


def test_from_an_index(index: Path, tmp_path: Path) -> None:
    environment = ToolEnvironment(tmp_path / "core")
    environment.ensure(lambda text: None)
    assert environment.ready()
    assert set(pins()) <= set(environment.installed())


def test_an_altered_package_is_refused(index: Path, tmp_path: Path) -> None:
    wheel = next((index / "tflite").iterdir())
    wheel.write_bytes(wheel.read_bytes() + b"\0")
    error = failure(ToolEnvironment(tmp_path / "core"))
    assert "tflite 2.18.0 is another file than the one that is pinned" in error.message


def test_an_index_that_lacks_a_package(index: Path, tmp_path: Path) -> None:
    shutil.rmtree(index / "markupsafe")
    error = failure(ToolEnvironment(tmp_path / "core"))
    assert "the package index has no wheel of markupsafe 3.0.4" in error.message


def test_no_index_answers(alone: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        alone.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{free.getsockname()[1]}")
    error = failure(ToolEnvironment(tmp_path / "core"))
    assert "no package index answered" in error.message
    assert "custom_tinyml_wheels" in error.next_step


def test_an_index_that_accepts_and_never_answers(alone: pytest.MonkeyPatch, tmp_path: Path) -> None:
    alone.setattr(pip_install, "ANSWER", 2)
    alone.setattr(pip_install, "PATIENCE", 1)
    told: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        alone.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.getsockname()[1]}")
        error = failure(ToolEnvironment(tmp_path / "core"), told)
    assert "no package index answered" in error.message
    assert any("waiting for the package index" in line for line in told)


def test_a_folder_of_wheels(alone: pytest.MonkeyPatch, wheels: Path, tmp_path: Path) -> None:
    alone.setenv("PIP_INDEX_URL", "http://127.0.0.1:9")
    environment = ToolEnvironment(tmp_path / "core", wheels=wheels)
    environment.ensure(lambda text: None)
    assert environment.ready()
    error = failure(environment.with_emulator())
    assert f"{wheels} has no wheel of unicorn" in error.message
    altered = tmp_path / "altered"
    shutil.copytree(wheels, altered)
    wheel = next(altered.glob("jinja2-*"))
    wheel.write_bytes(wheel.read_bytes() + b"\0")
    error = failure(ToolEnvironment(tmp_path / "other", wheels=altered))
    assert "another file than the one that is pinned" in error.message
    error = failure(ToolEnvironment(tmp_path / "other", wheels=tmp_path / "nowhere"))
    assert "custom_tinyml_wheels: there is no folder" in error.message


def test_a_pip_of_the_project_is_not_run(
    index: Path, alone: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pip.py").write_text("open('ran', 'w')\nraise SystemExit(1)\n")
    alone.chdir(tmp_path)
    alone.setenv("PYTHONPATH", str(tmp_path))
    ToolEnvironment(tmp_path / "core").ensure(lambda text: None)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("file", [PINS, EMULATOR_PINS, ORACLE_PINS])
def test_every_pin_has_hashes(file: Path) -> None:
    blocks = re.split(r"\n(?=\S)", file.read_text("utf-8").strip())
    assert len(blocks) == len(pins(file))
    for block in blocks:
        first, *rest = block.splitlines()
        assert re.fullmatch(r"[\w-]+==[\w.]+ \\", first)
        assert rest and all(re.fullmatch(r" {4}--hash=sha256:[0-9a-f]{64}( \\)?", line) for line in rest)


def test_a_build_without_a_network(make_project, wheels: Path, repo: Path, tmp_path: Path) -> None:
    """In a network namespace of its own, where nothing can be reached."""
    if subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False).returncode:
        pytest.skip("no network namespace can be made here")
    core = tmp_path / "core"
    subprocess.run([sys.executable, repo / "scripts" / "make_core.py", core], check=True)
    project = make_project("[env:net]\nboard = netduinoplus2\ncustom_tinyml_profile = off\ncustom_tinyml_verify = off")
    project.write("pip.py", "raise SystemExit('the pip of the project')\n")
    command = ["unshare", "-n", sys.executable, "-m", "platformio", "run"]
    variables = {**os.environ, "PLATFORMIO_CORE_DIR": str(core)}
    cut = partial(subprocess.run, command, cwd=project.folder, env=variables, capture_output=True, text=True)
    refused = cut(check=False)
    assert refused.returncode == 1
    assert "no package index answered" in refused.stderr
    assert "the pip of the project" not in refused.stdout + refused.stderr
    ini = project.folder / "platformio.ini"
    ini.write_text(f"{ini.read_text()}custom_tinyml_wheels = {wheels}\n")
    built = cut(check=False)
    assert built.returncode == 0, built.stdout + built.stderr
