"""A tenth of what was fuzzed once, from another number on than the other nine; `fuzz.py` runs as many as one likes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import fuzz
import pytest
import sanitized
from seeds import all_seeds
from stages import Accepted, examine

from platformio_tinyml.operators import check_model
from platformio_tinyml.program import ArenaPlan
from platformio_tinyml.tflite import read_model


def accepted(data: bytes, path: Path) -> Accepted:
    found = examine(data, "seed", path).accepted
    assert found
    return found


def test_seeds_are_sound(tmp_path: Path) -> None:
    for data in all_seeds():
        assert examine(data, "seed", tmp_path / "seed.tflite").end == "accepted"


def test_rules_of_tensors_of_another_rank() -> None:
    """Each tensor in turn a scalar, of a dimension less and of one more: taken or refused, by words."""
    for data in all_seeds():
        model = read_model(data, "seed")
        for tensor in model.tensors:
            for shape in dict.fromkeys(((), tensor.shape[1:], tensor.shape[:-1], (*tensor.shape, 1))):
                changed = list(model.tensors)
                changed[tensor.index] = replace(tensor, shape=shape)
                check_model(replace(model, tensors=tuple(changed)))


@pytest.mark.slow
def test_mutants() -> None:
    figures = fuzz.fuzz(10_000, 50)
    assert figures.failures == []
    assert figures.runs == 50
    assert min(figures.ends[end] for end in ("damaged", "refused", "accepted")) > 1000


@pytest.mark.slow
def test_the_poison_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a plan in which a tensor is a byte shorter than its kernel writes."""
    model = accepted(next(all_seeds()), tmp_path / "seed.tflite")
    spaced = sanitized.spaced

    def shorter(plan: ArenaPlan) -> ArenaPlan:
        *others, last = spaced(plan).placements
        cut = replace(last, buffer=replace(last.buffer, size=last.buffer.size - 1))
        return replace(spaced(plan), placements=(*others, cut))

    monkeypatch.setattr(sanitized, "spaced", shorter)
    result = sanitized.run([model], tmp_path)
    assert result.returncode != 0
    assert "use-after-poison" in result.stderr
