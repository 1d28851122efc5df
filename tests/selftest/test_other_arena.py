"""An arena that a device found, beside one that the build knows exactly."""

from types import SimpleNamespace
from typing import Any

import pytest

from platformio_tinyml.selftest import verdict


def built(size: int, persistent: int | None, method: str) -> Any:
    return SimpleNamespace(arena=SimpleNamespace(size=size, persistent=persistent, method=method))


@pytest.mark.parametrize(
    ("probed", "manifest", "told"),
    [
        ((1248, None), built(1264, None, "emulated"), "an arena of 1,248 bytes, and the emulator one of 1,264"),
        ((1248, None), built(1264, None, "twin"), "an arena of 1,248 bytes, and the twin one of 1,264"),
        ((1248, None), built(1248, None, "twin"), None),
        ((1248, None), built(1264, None, "bound"), None),
        (None, built(1264, None, "emulated"), None),
        ((1248, 704), built(1248, 704, "twin"), None),
        ((1248, 704), built(1248, 720, "twin"), "a persistent arena of 704 bytes, and the twin one of 720"),
    ],
)
def test_two_ways_that_disagree(probed: tuple[int, int | None] | None, manifest: Any, told: str | None) -> None:
    found = verdict._other_arena(probed, manifest)
    assert found == (told and f"the device takes {told}")
