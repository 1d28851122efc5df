"""The tarball and the wheel, made once from this repository, and core directories to try them in."""

import subprocess
import sys
import tarfile
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tracked_files(repo) -> list[str]:
    """What git knows of the repository."""
    sys.path.insert(0, str(repo / "scripts"))
    try:
        from pack import tracked
    finally:
        del sys.path[0]
    return tracked()


@pytest.fixture(scope="session")
def tarball(repo, tmp_path_factory) -> Path:
    """What PlatformIO's registry would get."""
    folder = tmp_path_factory.mktemp("pack")
    done = subprocess.run(
        [sys.executable, repo / "scripts" / "pack.py", folder], check=True, capture_output=True, text=True
    )
    return Path(done.stdout.strip())


@pytest.fixture(scope="session")
def unpacked(tarball, tmp_path_factory) -> Path:
    """The tarball's files, for those who only look at them."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(tarball) as archive:
        archive.extractall(folder, filter="data")
    return folder


@pytest.fixture
def fresh_core(repo, core_dir, tmp_path) -> Path:
    """An empty core directory: no platform, no library. Only the Python packages of builds are lent, by a link."""
    core = tmp_path / "core"
    subprocess.run([sys.executable, repo / "scripts" / "make_core.py", core], check=True)
    (core_dir / "tinyml").mkdir(exist_ok=True)
    (core / "tinyml").symlink_to(core_dir / "tinyml")
    return core
