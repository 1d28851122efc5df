"""What is read and written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from platformio_tinyml.cli import main
from platformio_tinyml.files import read_bytes, read_text, write_text


def test_regular_files_and_links_to_them(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes("ä".encode())
    (tmp_path / "link").symlink_to(path)
    assert read_bytes(tmp_path / "link") == "ä".encode()
    assert read_text(path) == "ä"
    with pytest.raises(IsADirectoryError):
        read_bytes(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes in folders")
def test_nothing_waits_for_what_has_no_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pipe = str(tmp_path / "pipe")
    os.mkfifo(pipe)
    output = ["-o", str(tmp_path / "out")]
    for arguments in (
        ["footprint", pipe],
        ["audit", pipe],
        ["report", pipe],
        ["baseline", pipe, "-o", str(tmp_path / "b.json")],
        ["check", pipe, *output],
        ["check", "--map", pipe, *output],
        ["check", "--manifest", pipe, *output],
        ["check", "--baseline", pipe, *output],
        ["check", "--quantization", f"kws={pipe}", *output],
        ["probe", pipe, "--manifest", pipe, *output],
    ):
        assert main(arguments) in (2, 4), arguments
        said = capsys.readouterr().err
        assert said.startswith("pio-tinyml: error: ") and "next: " in said, arguments
        assert "defect" not in said


def test_names_that_are_not_utf8_can_be_written(tmp_path: Path) -> None:
    assert write_text(tmp_path / "a", "a \udcff ä")
    assert read_text(tmp_path / "a") == "a \\udcff ä"
    assert not write_text(tmp_path / "a", "a \udcff ä")
