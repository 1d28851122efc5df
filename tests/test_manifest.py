"""Manifests that `generate` did not write end in words."""

import json

import pytest
from linked import kws

from platformio_tinyml.manifest import manifest_from_json

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
    ],
)
def test_anything_else_is_refused(change: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        manifest_from_json(json.dumps(KWS | change))
