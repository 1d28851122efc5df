"""The lock: what it says, and what it notices."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from quantize_samples import int8_dense, saved_model
from quantize_tool import Tool

from platformio_tinyml.errors import UsageError
from platformio_tinyml.quantize.key import content_hash, conversion_key
from platformio_tinyml.quantize.lock import lock_state, require_lock
from platformio_tinyml.quantize.request import Request


@pytest.fixture
def locked(tool: Tool) -> Request:
    """A source with its lock, and the request that made it."""
    done = tool.run("lock", tool.source, "--data", tool.data, "--python", sys.executable)
    assert done.returncode == 0, done.stderr
    return Request(tool.source, str(tool.data))


def test_the_files(tool: Tool, locked: Request) -> None:
    assert (tool.folder / "net.int8.tflite").read_bytes() == tool.wanted
    lock = json.loads((tool.folder / "net.tinyml.lock").read_text())
    assert (lock["schema"], lock["source"]["path"], lock["data"]["path"]) == ("tinyml-lock/1", "net.keras", "data.npz")
    assert lock["accuracy"]["float_value"] == 0.9
    assert str(tool.folder) not in json.dumps(lock)
    assert require_lock(locked) == tool.folder / "net.int8.tflite"


def test_no_lock(tool: Tool) -> None:
    assert require_lock(Request(tool.source)) is None


def test_whoever_lacks_data_and_source_can_use_it(tool: Tool, locked: Request) -> None:
    assert require_lock(replace(locked, data=None))
    tool.data.unlink()
    assert lock_state(locked).notes == ("the data data.npz is not here",)
    tool.source.unlink()
    assert require_lock(locked)


def test_a_changed_source(tool: Tool, locked: Request) -> None:
    tool.source.write_bytes(b"other")
    with pytest.raises(UsageError, match=r"the source net\.keras is another") as error:
        require_lock(locked)
    assert "pio-tinyml lock" in error.value.next_step


def test_changed_data_options_and_result(tool: Tool, locked: Request) -> None:
    tool.data.write_bytes(b"other")
    (tool.folder / "net.int8.tflite").write_bytes(b"other")
    assert "activations was int8 and is int16" in lock_state(replace(locked, activations="int16")).changes
    state = lock_state(replace(locked, input_type="float"))
    assert state.changes == (
        "net.int8.tflite is another",
        "the data data.npz is other than data.npz was",
        "input_type was int8 and is float",
    )
    (tool.folder / "net.int8.tflite").unlink()
    assert "net.int8.tflite is missing" in lock_state(locked).changes
    assert "the data was data.npz and is random" in lock_state(replace(locked, data="random")).changes


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"schema": "tinyml-lock/1"}', '{"schema": "tinyml-lock/1", "int8": 3}']
)
def test_damaged_locks(tool: Tool, locked: Request, text: str) -> None:
    (tool.folder / "net.tinyml.lock").write_text(text)
    with pytest.raises(UsageError, match="damaged"):
        require_lock(locked)


def test_locking_again_mends(tool: Tool, locked: Request) -> None:
    tool.source.write_bytes(tool.source.read_bytes() + b"\0")
    assert lock_state(locked).changes
    assert tool.run("lock", tool.source, "--data", tool.data, "--python", sys.executable).returncode == 0
    assert require_lock(locked)


def test_a_saved_model_folder_is_locked_beside_itself(tool: Tool) -> None:
    folder = saved_model(tool.folder / "models" / "net.v2")
    assert tool.run("lock", folder, "--data", "random", "--python", sys.executable).returncode == 0
    assert require_lock(Request(folder, "random")) == tool.folder / "models" / "net.v2.int8.tflite"
    assert lock_state(Request(folder, str(tool.data))).changes == (f"the data was random and is {tool.data}",)


def test_int8_needs_no_lock(tool: Tool) -> None:
    (tool.folder / "ready.tflite").write_bytes(int8_dense())
    done = tool.run("lock", "ready.tflite")
    assert done.returncode == 2
    assert "int8 already" in done.stderr


def test_keys_follow_content_not_paths(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "net.keras").write_bytes(b"model")
        (tmp_path / name / "data.npz").write_bytes(b"data")
    a, b = (Request(tmp_path / name / "net.keras", str(tmp_path / name / "data.npz")) for name in ("a", "b"))
    key = conversion_key(a, "converter")
    assert conversion_key(b, "converter") == key
    others = [
        conversion_key(a, "other"),
        conversion_key(replace(a, data="random"), "converter"),
        conversion_key(replace(a, data=None), "converter"),
        conversion_key(replace(a, input_type="float"), "converter"),
        conversion_key(replace(a, activations="int16"), "converter"),
        conversion_key(replace(a, data_range=(0.0, 1.0)), "converter"),
        conversion_key(replace(a, allow_unsafe=True), "converter"),
        conversion_key(replace(a, evaluation=b.source), "converter"),
    ]
    assert len({key, *others}) == 1 + len(others)
    with pytest.raises(UsageError, match="cannot be read"):
        conversion_key(replace(a, data=str(tmp_path / "no.npz")), "converter")


def test_hashes_of_folders(tmp_path: Path) -> None:
    folder = saved_model(tmp_path / "m")
    before = content_hash(folder)
    (folder / ".DS_Store").write_bytes(b"x")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "x.pyc").write_bytes(b"x")
    assert content_hash(folder) == before
    (folder / "variables").mkdir()
    (folder / "variables" / "variables.index").write_bytes(b"x")
    with_file = content_hash(folder)
    (folder / "variables" / "variables.index").rename(folder / "variables.index")
    assert len({before, with_file, content_hash(folder)}) == 3


@pytest.mark.parametrize(("name", "same"), [("a.csv", True), ("a.py", True), ("a.npz", False)])
def test_line_ends_of_text_do_not_count(tmp_path: Path, name: str, same: bool) -> None:
    (tmp_path / name).write_bytes(b"1\n2\n")
    unix = content_hash(tmp_path / name)
    (tmp_path / name).write_bytes(b"1\r\n2\r\n")
    assert (content_hash(tmp_path / name) == unix) is same
