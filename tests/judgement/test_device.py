"""What a device measured, as long as it is of the code that is judged; drift; kernels that are known to be wrong."""

from dataclasses import replace
from unittest.mock import patch

import pytest
from linked import KWS
from report_samples import FOOTPRINT, PROFILE

from platformio_tinyml.budgets import KINDS
from platformio_tinyml.judgement.calibration import calibrated_notes, calibration
from platformio_tinyml.judgement.device import judge_devices, on_device
from platformio_tinyml.judgement.drift import judge_drift
from platformio_tinyml.judgement.figures import Figures
from platformio_tinyml.judgement.known_wrong import known_wrong, warnings
from platformio_tinyml.manifest import CallInfo
from platformio_tinyml.measured.baseline import Baseline, BaselineModel
from platformio_tinyml.measured.device import Device, DeviceModel, as_json, find_device, merge, read_devices
from platformio_tinyml.measured.fingerprint import Fingerprint, Part
from platformio_tinyml.measured.stack import Stack

PARTS = (
    Part("compiler", "xtensa-esp32s3-elf-gcc 13.2.0", None),
    Part("esp-nn", "1.2.0", "0a1b2c3d4e5f"),
    Part("model", None, "111111111111"),
)
NEWER = (PARTS[0], Part("esp-nn", "1.2.3", "ffffffffffff"), PARTS[2])
CODE = (Fingerprint("kws", PARTS),)
MEASURED = DeviceModel(
    "kws", "tflm", KWS.arena.size, "DWT", "cycles", (1000, 1680), (5.9, 10.2), Stack(8, 400), 4, ("x",), PARTS
)
DEVICE = Device("esp", "s3box", (MEASURED,))
LATENCY = next(kind for kind in KINDS if kind.name == "latency")
STACK = next(kind for kind in KINDS if kind.name == "stack")


def test_a_latency_is_judged_by_the_device():
    figures = Figures(FOOTPRINT, [KWS], devices=on_device([KWS], CODE, DEVICE))
    assert figures.of(LATENCY, "kws").value == 11, "the upper end, rounded up"
    assert figures.of(STACK, "kws").value == 400


def test_one_model_calibrates_the_others():
    """Upwards alone for budgets; what is shown goes both ways."""
    profiles = [replace(PROFILE, latency_us=(4.0, 5.1)), replace(PROFILE, name="vad", latency_us=(10.0, 20.0))]
    rows = on_device([KWS], CODE, DEVICE)
    other = replace(KWS, name="vad")
    figures = Figures(FOOTPRINT, [KWS, other], profiles, devices=rows)
    with patch("platformio_tinyml.judgement.figures.is_used", return_value=True):
        found = figures.of(LATENCY, "vad")
        assert (found.value, figures.of(LATENCY, "kws").value) == (40, 11)
        assert "kws took 2.00 times its estimate on this board" in found.parts[0]
        slower = [replace(PROFILE, latency_us=(10.0, 20.4)), profiles[1]]
        assert Figures(FOOTPRINT, [KWS, other], slower, devices=rows).of(LATENCY, "vad").value == 20
    assert list(calibrated_notes(slower, rows)) == [
        "vad: up to about 10 us on this board, whose kws takes 0.50 times the upper end of its estimate"
    ]
    stale = on_device([KWS], (Fingerprint("kws", NEWER),), DEVICE)
    assert calibration(profiles, stale) is None


def test_other_code_is_not_what_was_measured():
    (row,) = on_device([KWS], (Fingerprint("kws", NEWER),), DEVICE)
    assert row.stale == "esp-nn 1.2.0 -> 1.2.3"
    assert "stale: esp-nn 1.2.0 -> 1.2.3" in row.words()
    assert Figures(FOOTPRINT, [KWS], devices=[row]).of(LATENCY, "kws").value is None


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (PARTS[1:], "compiler is no more"),
        ((*PARTS, Part("options", "CONFIG_NN_ANSI_C=y", None)), "options is new"),
        ((*PARTS[:2], Part("model", None, "222222222222")), "model (contents 111111111111 -> 222222222222)"),
    ],
)
def test_it_says_what_moved(parts, words):
    assert on_device([KWS], (Fingerprint("kws", parts),), DEVICE)[0].stale == words


def test_another_arena_and_unknown_code_are_stale():
    other = replace(KWS, arena=replace(KWS.arena, size=KWS.arena.size + 16))
    assert on_device([other], CODE, DEVICE)[0].stale.startswith("arena")
    split = replace(KWS, arena=replace(KWS.arena, persistent=64))
    assert on_device([split], CODE, DEVICE)[0].stale == "persistent arena 0 -> 64"
    assert on_device([KWS], (), DEVICE)[0].stale


def test_the_smallest_arena_of_a_device_may_have_a_margin_since():
    probed = Device("esp", "s3box", (replace(MEASURED, smallest=True),))
    size = KWS.arena.size
    for now, stale in ((size + 64, ""), (size, ""), (size - 16, f"arena {size:,} -> {size - 16:,}")):
        manifest = replace(KWS, arena=replace(KWS.arena, size=now))
        assert on_device([manifest], CODE, probed)[0].stale == stale


def test_a_device_is_required():
    rows = on_device([KWS], CODE, DEVICE)
    assert [check.ok for check in judge_devices(rows, [KWS], FOOTPRINT)] == [True]
    (missing,) = judge_devices((), [KWS], FOOTPRINT)
    assert not missing.ok
    assert "no device has measured it" in missing.message
    stale = on_device([KWS], (Fingerprint("kws", NEWER),), DEVICE)
    assert [check.ok for check in judge_devices(stale, [KWS], FOOTPRINT)] == [False]


def test_the_file_keeps_other_environments_and_models(tmp_path):
    path = tmp_path / "tinyml-device.json"
    other = Device("esp", "s3box", (replace(MEASURED, name="vad"),))
    path.write_text(as_json(merge((DEVICE, replace(DEVICE, environment="b")), other)))
    devices = read_devices(path)
    assert [each.environment for each in devices] == ["b", "esp"]
    assert [model.name for model in devices[1].models] == ["kws", "vad"]
    assert find_device(devices, "esp", "another board") is None
    assert [m.name for m in merge(devices, replace(other, board="new board"))[1].models] == ["vad"]


def drift(parts, *, arena=0, outputs="aa", before=PARTS):
    baseline = Baseline(
        "esp", "s3box", 1, 1, (), (BaselineModel("kws", 764, 4096 + arena, fingerprint=before, outputs="aa"),)
    )
    figures = Figures(FOOTPRINT, [KWS])
    return list(judge_drift(figures, (Fingerprint("kws", parts),), {"kws": outputs}, baseline))


def test_drift_names_what_moved():
    (check,) = drift(NEWER, arena=-20)
    assert not check.ok
    assert check.message == "kws arena 4,076 -> 4,096: esp-nn 1.2.0 -> 1.2.3"
    assert drift(NEWER, outputs="bb")[0].message == "kws outputs: esp-nn 1.2.0 -> 1.2.3"


def test_no_drift():
    assert drift(NEWER)[0].ok, "nothing moved"
    assert drift(PARTS, arena=16)[0].ok, "the project moved it"
    assert drift(NEWER, arena=16, before=()) == [], "an older baseline"
    assert drift((*NEWER[:2], Part("model", None, "222222222222")), arena=16) == [], "another model"


def of_width(row: int, width: int):
    infos = (CallInfo("fc", (1, width), 0, 0),)
    return replace(KWS, calls=((0, "FULLY_CONNECTED", "", row * width),), call_infos=infos, streams=())


def warned(manifest, version="1.2.3", chip="esp32s3", library="esp-nn"):
    return list(warnings([manifest], (Fingerprint("kws", (Part(library, version, None),)),), chip))


def test_kernels_known_to_be_wrong():
    (line,) = warned(of_width(1280, 2))
    assert "operator 0, FULLY_CONNECTED may be wrong: esp-nn 1.2.3" in line
    assert "https://github.com/espressif/esp-nn/issues/34" in line
    assert warned(of_width(12, 8))
    assert not warned(of_width(64, 8))
    assert not warned(of_width(1280, 2), chip="esp32c3")
    assert not warned(of_width(1280, 2), library="cmsis-nn")
    assert len(warned(of_width(64, 8), version="1.2.1")) == 1, "any operator, of two versions"
    assert len(warned(of_width(64, 8), version=None)) == 2, "an unknown version may be any"
    assert not warned(of_width(64, 8), version="1.10.0")


def test_the_table_is_sound():
    for row in known_wrong():
        assert row.source.startswith("https://github.com/")
        assert row.multiple >= 1
        assert row.wrong
        assert row.chips
