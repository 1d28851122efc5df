"""Generated C gives TensorFlow Lite Micro's bytes on Cortex-M0, M3, M4, M7, M33 and RV32, and the host's tensors."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("unicorn")
import unicorn
from target_firmware import BoardFirmware, HostFirmware, case_of, random_cases

BOARDS = ("microbit", "stm32vldiscovery", "netduinoplus2", "mps2_an500", "mps2_an505", "hifive1-revb")
ALIGNED = ("microbit", "hifive1-revb")
"""Cores that fault on an access that is not aligned, which the emulator lets pass."""
SMALL = ("hello_world_int8", "micro_speech_quantized", "ad01_int8", "kws_ref_model")
LARGE = ("vww_96_int8", "pretrainedResnet_quant")
RUNS = [(name, board) for name in SMALL for board in BOARDS] + [(name, "netduinoplus2") for name in LARGE]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "board"), RUNS)
def test_shared_models(name: str, board: str, shared_models: Path, tmp_path: Path) -> None:
    case = case_of((shared_models / f"{name}.tflite").read_bytes(), name, seed=1, invokes=2)
    target = BoardFirmware([case.model], board, tmp_path / "target")
    host = HostFirmware([case.model], tmp_path / "host")
    (manifest,) = target.manifests
    for inputs, expected in zip(case.inputs, case.outputs, strict=True):
        assert target.invoke(manifest, inputs) == expected
        assert host.invoke(manifest, inputs) == expected
        assert target.arena(manifest) == host.arena(manifest)


@pytest.mark.slow
@pytest.mark.parametrize(("board", "optimize"), [*((board, "-Os") for board in BOARDS), ("netduinoplus2", "-O2")])
def test_models_of_one_operator(board: str, optimize: str, tmp_path: Path) -> None:
    cases = random_cases(per_operator=4, invokes=2)
    firmware = BoardFirmware([case.model for case in cases], board, tmp_path, optimize)
    if board in ALIGNED:
        _refuse_unaligned(firmware)
    for case, manifest in zip(cases, firmware.manifests, strict=True):
        for inputs, expected in zip(case.inputs, case.outputs, strict=True):
            assert firmware.invoke(manifest, inputs) == expected, case.model


def _refuse_unaligned(firmware: BoardFirmware) -> None:
    """Fail on accesses that are not aligned."""

    def check(uc: unicorn.Uc, access: int, address: int, size: int, value: int, data: object) -> None:
        assert address % size == 0, f"{size} bytes at {address:#x}"

    firmware.emulator._uc.hook_add(unicorn.UC_HOOK_MEM_READ | unicorn.UC_HOOK_MEM_WRITE, check)
