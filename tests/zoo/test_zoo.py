"""Every network of the zoo gives TensorFlow Lite Micro's bytes, invoke by invoke: as C of this machine, and a sample on
emulated cores and an AVR.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from target_firmware import BoardFirmware, Case, HostFirmware, case_of, run_on_avr
from zoo import MAKERS, network

INVOKES = 4
BOARDS = ("netduinoplus2", "hifive1-revb")
SAMPLE = (
    "ds_cnn",
    "mobilenet_v3",
    "unet_bilinear",
    "unet_transpose_conv",
    "transformer",
    "lstm",
    "streaming_conv",
    "yolo",
)
ON_AVR = ("sine", "gru", "moving_average", "keyword_attention", "espcn", "channel_gather")
"""On an ATmega1284P, with 16 KB of RAM."""


def cases(names: tuple[str, ...], invokes: int = INVOKES) -> list[Case]:
    return [case_of(network(name), name, seed=1, invokes=invokes) for name in names]


def test_there_are_enough() -> None:
    assert len(MAKERS) >= 60


@pytest.mark.slow
def test_equal_on_this_machine(tmp_path: Path) -> None:
    """In one library, so that the kernels are compiled once."""
    all_cases = cases(tuple(MAKERS))
    firmware = HostFirmware([case.model for case in all_cases], tmp_path)
    for case, manifest in zip(all_cases, firmware.manifests, strict=True):
        for inputs, expected in zip(case.inputs, case.outputs, strict=True):
            assert firmware.invoke(manifest, inputs) == expected, case.model.name


@pytest.mark.slow
@pytest.mark.parametrize("name", MAKERS)
def test_outputs_are_no_saturation(name: str) -> None:
    """A network whose outputs hardly differ would hide errors."""
    case = case_of(network(name), name, seed=2, invokes=24)
    for position, index in enumerate(case.model.outputs):
        kind = {"INT8": np.int8, "INT16": np.int16, "INT32": np.int32}.get(
            case.model.tensors[index].type.name, np.float32
        )
        values = np.frombuffer(b"".join(outputs[position] for outputs in case.outputs), kind)
        count = len(np.unique(values))
        assert count >= min(6, len(values) // 2) or (kind is np.int32 and count > 1), (count, len(values))


@pytest.mark.slow
@pytest.mark.parametrize("board", BOARDS)
def test_equal_on_emulated_cores(board: str, tmp_path: Path) -> None:
    sample = cases(SAMPLE, 2)
    firmware = BoardFirmware([case.model for case in sample], board, tmp_path)
    for case, manifest in zip(sample, firmware.manifests, strict=True):
        for inputs, expected in zip(case.inputs, case.outputs, strict=True):
            assert firmware.invoke(manifest, inputs) == expected, case.model.name


@pytest.mark.slow
def test_equal_on_an_avr(tmp_path: Path) -> None:
    sample = cases(ON_AVR, 2)
    _, outputs = run_on_avr(sample, "atmega1284p", tmp_path)
    for case, found in zip(sample, outputs, strict=True):
        assert found == case.outputs, case.model.name
