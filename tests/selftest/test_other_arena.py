"""An arena that a device found, beside one that the build knows exactly."""

from types import SimpleNamespace
from typing import Any

import pytest

from platformio_tinyml.selftest import verdict


@pytest.mark.parametrize(
    ("shipped", "told"),
    [
        ((1264, "emulated"), "the device takes an arena of 1,248 bytes, and the emulator one of 1,264"),
        ((1264, "twin"), "the device takes an arena of 1,248 bytes, and the twin one of 1,264"),
        ((1248, "twin"), None),
        ((1264, "bound"), None),
        (None, None),
    ],
)
def test_two_ways_that_disagree(shipped: tuple[int, str] | None, told: str | None) -> None:
    model: Any = SimpleNamespace(arena=1248)
    assert verdict._other_arena(model, shipped) == told
