"""A model that takes the place of another without a new firmware: compared here, checked again on the device."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from fake_tflm import ARENA, NEW
from model_builder import Builder, per_tensor
from test_tflm_generated import generate, model, run  # noqa: F401  a fixture
from test_tflm_probe import link

from platformio_tinyml.cli.main import main
from platformio_tinyml.contract.container import HEADER
from platformio_tinyml.contract.contract import contract_of, read_contract
from platformio_tinyml.errors import UsageError
from platformio_tinyml.tflite import read_model_file

APPLICATION = r"""
#include "kws_model.h"
#include <stdio.h>
#include <string.h>
alignas(16) static unsigned char file[4096];
alignas(16) static uint8_t small[%d];
int main() {
    FILE *in = fopen("%s", "rb");
    uint32_t size = (uint32_t)fread(file, 1, sizeof file, in);
    if (kws_init_model(file, sizeof file, kws_arena, kws_arena_size) != TINYML_OK) return 1;
    if (kws_init_model(file, size, small, sizeof small) != TINYML_ERROR_ARENA) return 2;
    if (kws_init_model(file, size - 1, kws_arena, kws_arena_size) != TINYML_ERROR_MODEL) return 3;
    if (kws_init_model(nullptr, size, kws_arena, kws_arena_size) != TINYML_ERROR_MODEL) return 4;
    if (kws_init_model(file + 4, size, kws_arena, kws_arena_size) != TINYML_ERROR_ALIGNMENT) return 5;
    for (size_t at = 0; at < size; at++) {
        const bool counts = at < 24 || at >= 28;  // of the arena a smaller one would do
        file[at] ^= 0x10;
        if (counts && kws_init_model(file, size, kws_arena, kws_arena_size) == TINYML_OK) return 6;
        file[at] ^= 0x10;
    }
    return strcmp(KWS_CONTRACT, "%s") == 0 && kws_invoke() == TINYML_OK ? 0 : 7;
}
"""


@pytest.fixture
def contract(model: Path, tmp_path: Path) -> Path:  # noqa: F811
    path = tmp_path / "kws.contract.json"
    words = ["--arena", str(ARENA), "--largest", "4K", "-o", str(path)]
    assert main(["contract", str(model), *words]) == 0
    return path


def other(folder: Path, *, scale: float = 0.5, extra: str = "", shape: tuple[int, ...] = (8,)) -> Path:
    """A model of the same operators, other constants, and what is asked for."""
    builder = Builder()
    constant = builder.tensor("k", shape, quantization=per_tensor(0.5), data=np.full(shape, 3, np.int8))
    first = builder.tensor("sound", shape, quantization=per_tensor(scale, -3))
    middle = builder.tensor("between", shape, quantization=per_tensor(0.5))
    last = builder.tensor("word", shape, quantization=per_tensor(0.25))
    builder.operator("ADD", [first, constant], [middle])
    builder.operator(extra or "CUSTOM", [middle], [last], **({} if extra else {"custom_code": "TICK"}))
    path = folder / "new.tflite"
    path.write_bytes(builder.build([first], [last]))
    return path


def test_the_firmware_takes_it_and_refuses_what_is_harmed(
    model: Path,  # noqa: F811
    contract: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    generate(model, tmp_path, NEW)
    elf = link(tmp_path)
    packed = tmp_path / "kws.bin"
    new = other(tmp_path)
    assert main(["compatible", str(new), str(contract), "--elf", str(elf), "-o", str(packed)]) == 0
    assert f"arena {ARENA:,} of {ARENA:,} bytes (measured" in capsys.readouterr().out
    assert packed.read_bytes()[HEADER.size :] == new.read_bytes()
    identity = json.loads(contract.read_text())["identity"]
    application = APPLICATION % (ARENA - 16, packed, identity)
    assert run(tmp_path, application, "-fsanitize=address,undefined").returncode == 0


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"scale": 0.25}, "input 0 (sound) has the scale 0.25, and the firmware expects 0.5"),
        ({"shape": (4, 2)}, "input 0 (sound) has the shape 4x2, and the firmware expects 8"),
        ({"extra": "LOGISTIC"}, "LOGISTIC is not among the firmware's operators: ADD, TICK"),
    ],
)
def test_what_does_not_meet_it(contract: Path, tmp_path: Path, capsys, changes: dict, reason: str) -> None:
    packed = tmp_path / "kws.bin"
    assert main(["compatible", str(other(tmp_path, **changes)), str(contract), "-o", str(packed)]) == 1
    assert reason in capsys.readouterr().out
    assert not packed.exists()


def test_arenas_and_sizes(model: Path, contract: Path, tmp_path: Path, capsys) -> None:  # noqa: F811
    new = str(other(tmp_path))
    assert main(["compatible", new, str(contract)]) == 1
    assert "nothing is known of the arena" in capsys.readouterr().out
    assert main(["compatible", new, str(contract), "--interface"]) == 0
    generate(model, tmp_path, NEW)
    elf = link(tmp_path)
    words = ["contract", str(model), "--arena", str(ARENA - 16), "--largest", "100", "-o", str(contract)]
    assert main(words) == 0
    assert main(["compatible", new, str(contract), "--json"]) == 1
    assert "and there is room for 100" in capsys.readouterr().out
    assert main([*words[:4], "-o", str(contract)]) == 0
    assert main(["compatible", new, str(contract), "--elf", str(elf)]) == 1
    assert f"it takes an arena of {ARENA:,} bytes, and the firmware has {ARENA - 16:,}" in capsys.readouterr().out


def test_types_of_an_operator_are_part_of_it(model: Path) -> None:  # noqa: F811
    (add, tick) = contract_of(read_model_file(model)).operators
    assert (add.kind, add.types) == ("ADD", ("INT8,INT8->INT8",))
    assert tick.kind == "TICK"


@pytest.mark.parametrize("change", [("INT8", "INT9"), ("tinyml-contract/1", "x"), ("ADD", "MUL"), ("{", "[")])
def test_an_edited_contract_is_none(contract: Path, change: tuple[str, str]) -> None:
    contract.write_text(contract.read_text().replace(*change, 1))
    with pytest.raises(UsageError):
        read_contract(contract)
