"""`pio-tinyml plan` on a small model."""

from __future__ import annotations

import json
from pathlib import Path

import numpy
import pytest
from model_builder import Builder, per_channel, per_tensor

from platformio_tinyml.cli import main
from platformio_tinyml.model import Activation, FullyConnectedOptions


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Two FULLY_CONNECTED, 8 -> 16 -> 4."""
    builder = Builder()
    sizes = (8, 16, 4)
    tensors = [builder.tensor(f"x\x1b{size}", (1, size), quantization=per_tensor(0.5, -3)) for size in sizes]
    for source, target, wide, high in zip(tensors, tensors[1:], sizes, sizes[1:], strict=False):
        weights = numpy.ones((high, wide), numpy.int8)
        filter_ = builder.tensor(f"filter{high}", (high, wide), quantization=per_channel([0.1] * high), data=weights)
        builder.operator(
            "FULLY_CONNECTED", [source, filter_, -1], [target], FullyConnectedOptions(Activation.NONE, 0, False)
        )
    path = tmp_path / "small.tflite"
    path.write_bytes(builder.build([tensors[0]], [tensors[-1]]))
    return path


def arena(model: Path, capsys: pytest.CaptureFixture[str], *options: str) -> dict:
    assert main(["plan", str(model), "--json", *options]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["schema"], report["ok"]) == ("tinyml-report/1", True)
    return report["arena"]


def test_json(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = arena(model, capsys)
    assert (found["size"], found["lower_bound"], found["planned_bound"], found["alignment"]) == (32, 32, 32, 16)
    assert found["method"] == "planned"
    assert found["peak"] == {"call": 1, "operator": 1, "opcode": "FULLY_CONNECTED", "name": "x\x1b4"}
    assert found["keep_input"]  # it takes no more
    assert [(p["name"], p["size"], p["first_used"], p["last_used"]) for p in found["placements"]] == [
        ("x\x1b8", 8, -1, 2),
        ("x\x1b16", 16, 0, 1),
        ("x\x1b4", 4, 1, 2),
    ]
    for place in found["placements"]:
        assert place["shares_with"] == []
        assert 0 <= place["offset"] <= found["size"] - place["size"]


def test_keep_input(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = arena(model, capsys, "--keep-input")
    assert found["keep_input"]
    assert found["placements"][0]["last_used"] == 2


def test_text(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", str(model), "--name", "tiny"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("tiny: arena 32 bytes, 3 buffers, 2 calls\n")
    assert "\npeak: operator 1, FULLY_CONNECTED\n" in text
    assert "x\\x1b16" in text
    assert all(len(line) <= 80 for line in text.splitlines())
    assert "\x1b" not in text


def test_a_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", str(tmp_path / "none.tflite"), "--json"]) == 2
    assert not json.loads(capsys.readouterr().out)["ok"]
