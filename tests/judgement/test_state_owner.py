"""State is an owner of its own, whether it lies beside the arena or inside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from linked import kws, link_stm32

from platformio_tinyml.firmware.elf import read_image
from platformio_tinyml.firmware.footprint import Footprint
from platformio_tinyml.firmware.measure import measure
from platformio_tinyml.firmware.memory import memory_of
from platformio_tinyml.judgement.checks import judge
from platformio_tinyml.judgement.owners import expected, owners_of, with_states
from platformio_tinyml.manifest import Manifest
from platformio_tinyml.measured.limits import Budgets, Sizes

INSIDE = replace(kws(arena_size=4096), runtime="tflm", state=1024)
BESIDE = replace(kws(arena_size=4096), state=1024)


def of_state(footprint: Footprint) -> dict[str, int]:
    return {row.owner: row.ram for row in footprint.owners() if row.owner in ("arena:kws", "state:kws")}


def measured(folder: Path, manifest: Manifest) -> Footprint:
    image = read_image(folder / "firmware.elf")
    return measure(image, memory_of(image, "stm32f100rbt6"), owners_of([manifest]))


def test_state_inside_an_arena(tmp_path: Path) -> None:
    link_stm32(tmp_path)
    whole = measured(tmp_path, INSIDE)
    billed = with_states(whole, [INSIDE])
    assert of_state(whole) == {"arena:kws": 4096}
    assert of_state(billed) == {"arena:kws": 3072, "state:kws": 1024}
    assert (billed.flash, billed.ram) == (whole.flash, whole.ram)
    checks = judge(billed, [INSIDE], Sizes(131072, 8192), Budgets())
    assert [check.ok for check in checks if check.name == "arena:kws"] == [True]
    wrong = judge(billed, [replace(INSIDE, state=1008)], Sizes(131072, 8192), Budgets())
    assert [check.ok for check in wrong if check.name == "arena:kws"] == [False]


def test_state_beside_an_arena_is_left_as_it_is(tmp_path: Path) -> None:
    link_stm32(tmp_path)
    whole = measured(tmp_path, BESIDE)
    assert with_states(whole, [BESIDE]) == whole


def test_before_a_link() -> None:
    """Measured, an interpreter's arena has the state in it; before that only activations are known."""
    assert of_state(expected([INSIDE])) == {"arena:kws": 3072, "state:kws": 1024}
    assert of_state(expected([BESIDE])) == {"arena:kws": 4096, "state:kws": 1024}
    unmeasured = replace(INSIDE, arena=replace(INSIDE.arena, size=0, method=None))
    assert of_state(expected([unmeasured])) == {"arena:kws": 4096, "state:kws": 1024}
