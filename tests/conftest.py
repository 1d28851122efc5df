"""Fixtures that every area shares: where things are, and a real PlatformIO that never reaches for a network."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

import pytest
import warm
from hypothesis import settings

# A slow moment of the computer is no defect; tests that look for a hang set a deadline of their own.
settings.register_profile("project", deadline=None)
settings.load_profile("project")

REPO = Path(__file__).resolve().parent.parent

# Tests look for words of messages, which a temporary folder's long name cuts elsewhere (test_errors.py looks at it).
os.environ["TINYML_COLUMNS"] = "0"

# Hundreds of builds import our modules: compiled once, whatever the caller's environment says of it.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# What is compiled once for all processes of a session (built_once.py): those of xdist inherit it.
_BUILDS = None if "TINYML_TEST_BUILDS" in os.environ else tempfile.mkdtemp(prefix="tinyml-builds-")
if _BUILDS:
    os.environ["TINYML_TEST_BUILDS"] = _BUILDS


def pytest_unconfigure() -> None:
    if _BUILDS:
        shutil.rmtree(_BUILDS, ignore_errors=True)


class Pio(Protocol):
    """Runs `pio ARGS...` in `project`, whatever its exit code; the result has stdout and stderr as text."""

    def __call__(
        self, project: Path, *args: str, env: Mapping[str, str] | None = None, timeout: float = 300
    ) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture(scope="session")
def repo() -> Path:
    """The root of this repository."""
    return REPO


@pytest.fixture(scope="session")
def shared_models() -> Path:
    """The folder of real models beside the repository."""
    folder = REPO.parent / "shared" / "models"
    if not folder.is_dir():
        pytest.skip(f"the shared models are not at {folder}")
    return folder


@pytest.fixture(scope="session")
def core_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PlatformIO core directory ready for offline use: PLATFORMIO_CORE_DIR, or an empty one made for this session."""
    given = os.environ.get("PLATFORMIO_CORE_DIR")
    folder = Path(given) if given else tmp_path_factory.mktemp("platformio-core")
    subprocess.run([sys.executable, REPO / "scripts" / "make_core.py", folder], check=True)
    if not given:
        (folder / "packages" / "tool-scons" / "scons.py").write_text(warm.LAUNCHER)
    return folder


@pytest.fixture(scope="session")
def emulated() -> str:
    """What to write after `platform =` in a platformio.ini, from any folder."""
    return f"symlink://{REPO / 'platform-emulated'}"


@pytest.fixture(scope="session")
def pio(core_dir: Path) -> Iterator[Pio]:
    """Real PlatformIO of the running interpreter; see `Pio`, and warm.py for how it starts."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PLATFORMIO_")}
    with warm.server() as socket:

        def run(
            project: Path, *args: str, env: Mapping[str, str] | None = None, timeout: float = 300
        ) -> subprocess.CompletedProcess[str]:
            variables = {**inherited, "PLATFORMIO_CORE_DIR": str(core_dir), **(env or {})}
            if warm.serves(env or {}):
                return warm.run(args, project, {**variables, warm.SOCKET: socket}, timeout)
            return subprocess.run(
                [sys.executable, "-m", "platformio", *args],
                cwd=project,
                env=variables,
                capture_output=True,
                text=True,
                timeout=timeout,
                check=False,
            )

        yield run
