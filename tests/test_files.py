"""What is read and written."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from report_samples import report_text

from platformio_tinyml.cli import main
from platformio_tinyml.errors import ExitCode
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


def _device(folder: Path) -> Path:
    """A node like /dev/null, which is not put at risk."""
    node = folder / "null"
    try:
        os.mknod(node, stat.S_IFCHR | 0o666, os.makedev(1, 3))
        with node.open("wb"):
            pass
    except (AttributeError, OSError):
        pytest.skip("no device node can be made here")
    return node


def test_what_is_no_regular_file_is_written_to(tmp_path: Path) -> None:
    """As root, a rename would put a file in its place, for everybody."""
    node, before = _device(tmp_path), sorted(tmp_path.iterdir())
    assert write_text(node, "gone")
    assert write_text(node, "gone")
    assert stat.S_ISCHR(node.stat().st_mode)
    assert sorted(tmp_path.iterdir()) == before
    link = tmp_path / "link"
    link.symlink_to(node)
    write_text(link, "gone")
    assert link.is_symlink() and stat.S_ISCHR(node.stat().st_mode)


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    link, file = tmp_path / "link", tmp_path / "folder" / "file"
    link.symlink_to(Path("folder", "file"))
    for text in ("a", "b"):
        assert write_text(link, text)
        assert link.is_symlink() and not file.is_symlink()
        assert file.read_text() == text
    assert not write_text(link, "b")


def test_commands_write_to_a_device(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    node = str(_device(tmp_path))
    model = str(Path(__file__).parents[1] / "examples" / "sine" / "models" / "sine.tflite")
    document, array = tmp_path / "report.json", tmp_path / "model.h"
    document.write_text(report_text())
    array.write_text(f"const unsigned char m[] = {{{', '.join(map(str, Path(model).read_bytes()))}}};\n")
    for arguments in (
        ["quantize", model, "-o", node],
        ["quantize", model, "-o", node, "--report", node],
        ["extract", str(array), "-o", node],
        *(["report", str(document), f"--{kind}", node] for kind in ("html", "markdown", "sarif", "junit")),
        ["baseline", str(document), "-o", node],
    ):
        assert main(arguments) == 0, (arguments, capsys.readouterr().err)
        assert stat.S_ISCHR(Path(node).stat().st_mode), arguments


def test_a_file_beyond_all_use_is_not_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of 3 GB, on no disk, with the magic of an ELF file, and as a map."""
    for name, head in (("firmware.elf", b"\x7fELF"), ("firmware.map", b"\nLinker script and memory map\n")):
        with (tmp_path / name).open("wb") as file:
            file.write(head)
            file.truncate(3 << 30)
    with pytest.raises(OSError, match="it has 3,221,225,472 bytes, and 1,073,741,824 are the most that are read"):
        read_bytes(tmp_path / "firmware.elf")
    assert main(["footprint", str(tmp_path / "firmware.elf")]) == ExitCode.USAGE
    assert main(["check", "--map", str(tmp_path / "firmware.map"), "-o", str(tmp_path)]) == ExitCode.ENVIRONMENT
    assert capsys.readouterr().err.count("are the most that are read") == 2
