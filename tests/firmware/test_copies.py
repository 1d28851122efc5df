"""Copies of TensorFlow Lite Micro in a link."""

import shutil
import subprocess
from pathlib import Path

import pytest

from platformio_tinyml.firmware.copies import copies_of_tflm


def compile_object(folder: Path, name: str, symbol: str) -> Path:
    source = folder / f"{name}.c"
    folder.mkdir(parents=True, exist_ok=True)
    source.write_text(f"int {symbol}(int x) {{ return x + 1; }}\n")
    target = folder / f"{name}.o"
    flags = ["-mcpu=cortex-m4", "-mthumb", "-ffunction-sections", "-c"]
    subprocess.run(["arm-none-eabi-gcc", *flags, source, "-o", target], check=True)
    return target


def link(folder: Path, *files: Path, keep: tuple[str, ...]) -> Path:
    """Its map."""
    link_map = folder / "firmware.map"
    flags = ["-nostdlib", "-Wl,--gc-sections", *(f"-Wl,--undefined={name}" for name in keep), f"-Wl,-Map={link_map}"]
    command = ["arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb", *files, *flags, "-Wl,-e,0", "-o", folder / "f.elf"]
    subprocess.run(command, check=True, capture_output=True)
    return link_map


@pytest.fixture
def parts(tmp_path) -> tuple[Path, Path]:
    """An archive and a folder of objects."""
    if not shutil.which("arm-none-eabi-gcc"):
        pytest.skip("arm-none-eabi-gcc is not installed")
    member = compile_object(tmp_path / "core", "micro_interpreter.cc", "invoke_a")
    archive = tmp_path / "core" / "libtflite-micro.a"
    subprocess.run(["arm-none-eabi-ar", "rc", archive, member], check=True)
    return archive, compile_object(tmp_path / "lib1" / "tensorflow" / "lite" / "micro", "micro_allocator", "allocate_b")


def test_two(tmp_path, parts):
    found = copies_of_tflm(link(tmp_path, *parts[::-1], keep=("invoke_a", "allocate_b")))
    assert set(found) == {str(parts[0]), str(tmp_path / "lib1")}


def test_one_of_which_nothing_was_taken_is_none(tmp_path, parts):
    assert copies_of_tflm(link(tmp_path, *parts[::-1], keep=("invoke_a",))) == (str(parts[0]),)


def test_objects_of_one_library_are_one(tmp_path, parts):
    other = compile_object(tmp_path / "lib1" / "tensorflow" / "lite" / "micro", "micro_context", "context_b")
    assert copies_of_tflm(link(tmp_path, parts[1], other, keep=("allocate_b", "context_b"))) == (
        str(tmp_path / "lib1"),
    )


def test_an_application_is_none(tmp_path):
    path = tmp_path / "firmware.map"
    path.write_text(
        " .text._ZN6tflite24MicroMutableOpResolverILj3EED0Ev\n"
        "                0x08001234       0x12 .pio/build/a/src/main.o\n"
        " .text._ZN6tflite16MicroInterpreterD1Ev\n"
        "                0x00000000       0x12 lib/a/libtflm.a(micro_interpreter.o)\n"
    )
    assert copies_of_tflm(path) == ()
