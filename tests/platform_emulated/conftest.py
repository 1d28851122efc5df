"""Projects on emulated boards."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import pytest

collect_ignore = ["unit_tests"]  # a PlatformIO project


class MakeProject(Protocol):
    """Writes a project: one environment a board with `options` under it, and files under their paths."""

    def __call__(self, folder: Path, boards: tuple[str, ...], options: str, files: Mapping[str, str]) -> Path: ...


@pytest.fixture(scope="session")
def make_project(emulated: str) -> MakeProject:
    def make(folder: Path, boards: tuple[str, ...], options: str, files: Mapping[str, str]) -> Path:
        environments = [f"[env:{board}]\nboard = {board}\n" for board in boards]
        files = {"platformio.ini": "\n".join([f"[env]\nplatform = {emulated}\n{options}\n", *environments]), **files}
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return folder

    return make
