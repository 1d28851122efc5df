"""The manifest beside generated C: of every symbol, and back from its JSON."""

import json
import subprocess
from pathlib import Path

import pytest
import sample

from platformio_tinyml.codegen import make_manifest
from platformio_tinyml.manifest import CallInfo, Peak, PlacedBuffer, manifest_from_json


def test_the_manifest_owns_every_symbol(folder: Path) -> None:
    manifest = manifest_from_json((folder / "net_model.json").read_text())
    defined = set()
    for name in manifest.sources:
        subprocess.run(["gcc", "-c", folder / name, "-o", folder / "x.o"], check=True)
        listing = subprocess.run(["nm", "--defined-only", folder / "x.o"], capture_output=True, text=True, check=True)
        defined |= {line.split()[2] for line in listing.stdout.splitlines()}
    assert defined <= set(manifest.symbols)
    assert {symbol for symbol, owner in manifest.symbols.items() if owner != "tinyml"} <= defined
    assert manifest.symbols["net_arena"] == "arena:net"
    assert manifest.symbols["net_op0_params"] == manifest.symbols["net_op0_filter"] == "weights:net"


def test_the_manifest_comes_back_from_its_json(folder: Path) -> None:
    program = sample.program()
    manifest = make_manifest(program, sample.plan(program), source="net.tflite", macs=sample.MACS)
    assert manifest_from_json((folder / "net_model.json").read_text()) == manifest
    assert manifest.arena.peak == Peak(0, "FULLY_CONNECTED", "hidden", (("speech", 4), ("hidden", 2)), call=0)
    assert manifest.arena.placements == (
        PlacedBuffer("speech", 0, 0, 4, -1, 0),
        PlacedBuffer("hidden", 1, 16, 2, 0, 1),
        PlacedBuffer("scores", 2, 0, 4, 1, 2),
    )
    # The scale serves both.
    assert manifest.call_infos == (CallInfo("hidden", (1, 2), 24, 30), CallInfo("scores", (1, 4), 40, 46))
    assert (manifest.weights, manifest.largest_constant, manifest.macs) == (56, 16, 16)


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"schema": "tinyml-manifest/1"}', "[" * 100_000])
def test_other_json_is_no_manifest(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        manifest_from_json(text)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("weights", "1"),
        ("weights", 2**70),
        ("weights", -1),
        ("arena", None),
        ("symbols", [1]),
        ("symbols", {"net_arena": 1}),
        ("calls", [[0, "ADD", "f"]]),
        ("calls", [[0.5, "ADD", "f", 1]]),
        ("call_infos", [{"name": "a", "shape": [1], "constants": 0}]),
        ("call_infos", [{"name": "a", "shape": ["1"], "constants": 0}] * 2),
    ],
)
def test_a_manifest_of_other_types_is_none(folder: Path, key: str, value: object) -> None:
    fields = json.loads((folder / "net_model.json").read_text())
    manifest_from_json(json.dumps(fields))
    with pytest.raises(ValueError, match=f"{key}|below zero"):
        manifest_from_json(json.dumps({**fields, key: value}))
    with pytest.raises(ValueError, match="below zero"):
        manifest_from_json(json.dumps({**fields, "arena": {**fields["arena"], "alignment": 0}}))
