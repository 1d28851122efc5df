"""The examples on every emulated board: flash that nobody owns stays below 2%, and no byte is lost or counted twice."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from linked import require_sums

from platformio_tinyml.cli.main import main
from platformio_tinyml.firmware.linked import measure_linked
from platformio_tinyml.judgement.owners import owners_of
from platformio_tinyml.manifest import manifest_from_json

BOARDS = {
    "digits": {"netduinoplus2": "stm32f405rgt6", "microbit": "nrf51822", "hifive1-revb": "fe310", "host": ""},
    "sine": {"stm32vldiscovery": "stm32f100rbt6", "uno": "atmega328p"},
}
"""Each board with the largest example that fits it."""


@pytest.mark.slow
@pytest.mark.parametrize("example", BOARDS)
def test_unattributed_share(example: str, repo: Path, pio, emulated: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    shutil.copytree(repo / "examples" / example / "src", tmp_path / "src")
    generated = tmp_path / "src" / "generated"
    model = repo / "examples" / example / "models" / f"{example}.tflite"
    assert main(["generate", str(model), "--with-runtime", "-o", str(generated)]) == 0
    environments = "".join(f"[env:{board}]\nboard = {board}\n" for board in BOARDS[example])
    common = f"[env]\nplatform = {emulated}\nbuild_flags = -Isrc/generated\n"
    common += "build_src_filter = +<*> -<generated/tinyml/>\n"
    (tmp_path / "platformio.ini").write_text(common + environments)
    built = pio(tmp_path, "run")
    assert built.returncode == 0, built.stdout + built.stderr
    manifest = manifest_from_json((generated / f"{example}_model.json").read_text("utf-8"))
    for board, mcu in BOARDS[example].items():
        folder = tmp_path / ".pio" / "build" / board
        name = "program" if board == "host" else "firmware"
        elf = folder / (name if board == "host" else f"{name}.elf")
        footprint = measure_linked(elf, mcu, owners_of([manifest]), folder / f"{name}.map")
        assert not footprint.notes
        require_sums(footprint)
        flash = {row.owner: row.flash for row in footprint.owners()}
        assert flash.get("unattributed", 0) < 0.02 * footprint.flash, board
        assert flash[f"weights:{example}"] >= manifest.weights
        assert flash["libc"] > 0 and flash["tinyml"] > 0 and flash["application"] > 0
        assert board == "host" or flash["framework"] > 0
