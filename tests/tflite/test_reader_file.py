"""Paths: what people give instead of a `.tflite`, and what they are told."""

from __future__ import annotations

import gzip
import os
import zipfile
from pathlib import Path

import pytest
from model_builder import Builder

from platformio_tinyml.errors import ModelError, TinymlError, UsageError
from platformio_tinyml.tflite import read_model_file

SHARED = Path(__file__).parents[2].parent / "shared" / "models"


def small_model() -> bytes:
    builder = Builder()
    x, y = builder.tensor("x", (4,)), builder.tensor("y", (4,))
    builder.operator("RELU", [x], [y])
    return builder.build([x], [y])


def error_of(path: Path) -> TinymlError:
    with pytest.raises(TinymlError) as caught:
        read_model_file(path)
    assert caught.value.next_step
    assert "\n" not in caught.value.message + caught.value.next_step
    return caught.value


def test_name_comes_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "2nd-net.v1.tflite"
    path.write_bytes(small_model())
    assert read_model_file(path).name == "m2nd_net_v1"
    assert read_model_file(path, "kws").name == "kws"
    assert read_model_file(path.rename(tmp_path / "kws.int8.tflite")).name == "kws"
    with pytest.raises(UsageError, match="C identifier"):
        read_model_file(tmp_path / "kws.int8.tflite", "a b")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n", "Git LFS pointer"),
        (b"\n\n<!DOCTYPE html>\n<html>", "web page"),
        (b"<HTML><head>", "web page"),
        (b"<?xml version='1.0'?><Error><Code>NoSuchKey", "web page"),
        (b"\x89HDF\r\n\x1a\n" + bytes(100), "HDF5"),
        (b"PK\x03\x04" + bytes(100), "zip archive"),
        (gzip.compress(b"TFL3", mtime=0), "gzip archive"),
        (b"\x08\x01\x12\xf1\xf9\x03\x0a\x95\x02", "SavedModel"),
        (b"\x08\x07\x12\x07pytorch\x1a\x052.1.0", "ONNX"),
        (b"unsigned char g_model[] = {0x1c, 0x00", "C source"),
        (b"// Copyright\n", "C source"),
        (b'{"message": "Not Found"}', "JSON"),
        (bytes(5000), "one byte repeated"),
        (b"\xff" * 300, "one byte repeated"),
        (b"\x18\0\0\0TFL9" + bytes(50), "no .tflite file"),
        (b"\x1b[2Jx", "no .tflite file: byte 4 should begin TFL3, and it starts with '\\x1b[2Jx'"),
        (b"TFL", "no .tflite file"),
    ],
)
def test_something_else(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(content)
    error = error_of(path)
    assert isinstance(error, ModelError)
    assert error.code == "model-format"
    assert error.message.startswith(str(path))
    assert words in error.message


@pytest.mark.parametrize(
    ("first", "words"),
    [("metadata.json", "a Keras model"), ("net.tflite", "a zip archive"), ("net/data.pkl", "a PyTorch file")],
)
def test_real_zip(tmp_path: Path, first: str, words: str) -> None:
    """Content decides, whatever the file is called."""
    path = tmp_path / "model.tflite"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(first, "{}")
    assert error_of(path).message == f"{path} is {words}"


@pytest.mark.parametrize(("name", "words"), [("ad01.h5", "HDF5"), ("kws_saved_model/saved_model.pb", "SavedModel")])
def test_real_files_of_other_kinds(name: str, words: str) -> None:
    if not (SHARED / name).exists():
        pytest.skip(f"{SHARED / name} is not there")
    assert words in error_of(SHARED / name).message


def test_damage_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "cut.tflite"
    path.write_bytes(small_model()[:60])
    assert error_of(path).message.startswith(f"{path} is damaged: ")


def test_missing_file_names_its_neighbours(tmp_path: Path) -> None:
    for name in ("kws_int8.tflite", "vww.tflite", "notes.txt"):
        (tmp_path / name).write_bytes(b"")
    error = error_of(tmp_path / "kws_int.tflite")
    assert isinstance(error, UsageError)
    assert error.message == f"{tmp_path / 'kws_int.tflite'}: no such file"
    assert error.next_step == "did you mean kws_int8.tflite?"
    assert error_of(tmp_path / "zzz").next_step == "did you mean kws_int8.tflite, vww.tflite?"


def test_missing_folder(tmp_path: Path) -> None:
    assert "no folder" in error_of(tmp_path / "models" / "kws.tflite").next_step
    assert "no .tflite file in" in error_of(tmp_path / "kws.tflite").next_step


def test_folder(tmp_path: Path) -> None:
    (tmp_path / "a.tflite").write_bytes(b"")
    error = error_of(tmp_path)
    assert "is a folder" in error.message
    assert error.next_step == "did you mean a.tflite?"
    (tmp_path / "saved_model.pb").write_bytes(b"")
    error = error_of(tmp_path)
    assert isinstance(error, ModelError)
    assert "SavedModel" in error.message


def test_special_files_are_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.tflite")
    assert "not a regular file" in error_of(tmp_path / "pipe.tflite").message
    assert "not a regular file" in error_of(Path("/dev/zero")).message


def test_paths_that_no_system_takes(tmp_path: Path) -> None:
    assert isinstance(error_of(tmp_path / "a\0b.tflite"), UsageError)
    assert isinstance(error_of(tmp_path / ("x" * 5000)), UsageError)
    loop = tmp_path / "loop.tflite"
    loop.symlink_to(loop)
    assert isinstance(error_of(loop), UsageError)
    assert isinstance(error_of(loop / "x.tflite"), UsageError)


def test_control_characters_of_a_path_are_escaped(tmp_path: Path) -> None:
    (tmp_path / "evil\x1b[2J.tflite").write_bytes(b"")
    error = error_of(tmp_path / "evil\x1b[2J")
    assert "\x1b" not in error.message + error.next_step
    assert "evil\\x1b[2J.tflite" in error.next_step
