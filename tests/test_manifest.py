"""Manifests that `generate` did not write end in words."""

import json
from dataclasses import replace

import pytest
from linked import kws

from platformio_tinyml.firmware.footprint import SizeEntry
from platformio_tinyml.judgement.owners import expected, with_states
from platformio_tinyml.manifest import SHARED, SHARED_OWNER, Manifest, least_ram, manifest_from_json

KWS = json.loads(kws().to_json())
TENSOR = {"name": "in", "accessor": "a", "type": "INT8", "shape": [1], "bytes": 1, "scale": None, "zero_point": None}


def test_as_it_was_written() -> None:
    assert manifest_from_json(json.dumps(KWS)) == kws()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"symbols": {"kws_arena": "\x1b[31m"}}, "not printable"),
        ({"name": "kws\n::error::"}, "not printable"),
        ({"inputs": [TENSOR | {"bytes": -1}]}, "below zero"),
        ({"outputs": [TENSOR | {"bytes": 2**53 - 1}]}, "beyond all use"),
        ({"inputs": [TENSOR | {"scale": float("nan")}]}, "no finite number"),
        ({"arena": KWS["arena"] | {"alignment": 0}}, "below zero"),
        ({"weights": -1}, "below zero"),
        ({"arena": KWS["arena"] | {"persistent": 4097}}, "below zero"),
    ],
)
def test_anything_else_is_refused(change: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        manifest_from_json(json.dumps(KWS | change))


def split(name: str, size: int, persistent: int, state: int = 0) -> Manifest:
    model = replace(kws(name=name), runtime="tflm", weights=0, state=state)
    return replace(model, arena=replace(model.arena, size=size, persistent=persistent, whose=SHARED, method="emulated"))


def test_what_is_persistent_is_not_shared() -> None:
    """Two models in one arena of 3,000 bytes, with 1,000 and 500 beside it, 16 of which are state."""
    models = (split("one", 4000, 1000, state=16), split("two", 2500, 500))
    assert models[0].arena_arrays() == {SHARED_OWNER: 3000, "arena:one": 984}
    assert least_ram(models) == 3000 + 1000 + 500
    rows = {row.owner: row.ram for row in expected(models).owners() if row.ram}
    assert rows == {SHARED_OWNER: 3000, "arena:one": 984, "state:one": 16, "arena:two": 500}
    linked = replace(expected(()), entries=(SizeEntry("arena:one", ".bss", "one_persistent", 0, 1000),))
    assert {row.owner: row.ram for row in with_states(linked, models).owners()} == {"arena:one": 984, "state:one": 16}
