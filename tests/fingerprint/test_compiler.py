"""Which compiler it is, with and without asking it."""

from pathlib import Path

import pytest

from platformio_tinyml.fingerprint.compiler import compiler_told


@pytest.mark.parametrize(
    ("folders", "told"),
    [(["12.2.1"], "12.2.1"), (["12"], "12.2.0"), (["12", "13"], "12.2.0"), ([], "12.2.0")],
)
def test_versions(tmp_path: Path, folders: list[str], told: str) -> None:
    program = tmp_path / "bin" / "any-none-gcc"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 12.2.0\n")
    program.chmod(0o755)
    for folder in folders:
        (tmp_path / "lib" / "gcc" / "any-none" / folder).mkdir(parents=True)
    assert compiler_told(str(program)) == f"any-none-gcc {told}"


def test_a_compiler_that_is_not_there(tmp_path: Path) -> None:
    assert compiler_told(str(tmp_path / "cc")) == "cc"
