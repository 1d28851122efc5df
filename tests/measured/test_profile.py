"""What `profile` printed, read back."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from linked import KWS, link_stm32

from platformio_tinyml.cli import main
from platformio_tinyml.errors import UsageError
from platformio_tinyml.files import write_text
from platformio_tinyml.measured.profile import EMULATED, ESTIMATED, CallProfile, Profile, read_profile
from platformio_tinyml.measured.stack import Stack

COUNTED = Profile(
    name="kws",
    method=EMULATED,
    core="cortex-m3",
    instructions=1000,
    instructions_bound=(1000, 1000),
    stack=Stack(64, 160),
    calls=(CallProfile(0, "CONV_2D", 900, (900, 900)), CallProfile(1, "SOFTMAX", None, None)),
    cpi=(1.0, 2.0),
    clock_hz=24_000_000,
    latency_us=(41.7, 83.4),
    ma_per_mhz=None,
    voltage=None,
    energy_uj=None,
)
GUESSED = replace(
    COUNTED, method=ESTIMATED, instructions=None, instructions_bound=(500, 4000), stack=None, notes=("AVR",)
)


@pytest.mark.parametrize("profile", [COUNTED, GUESSED, replace(GUESSED, instructions_bound=None, latency_us=None)])
def test_is_read_as_it_was_written(tmp_path: Path, profile: Profile):
    path = tmp_path / "kws_profile.json"
    path.write_text(profile.to_json())
    assert read_profile(path) == profile


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"schema": "tinyml-profile/2"}, "not of schema"),
        ({"method": "guessed"}, "neither emulated nor estimated"),
        ({"method": "estimated"}, "if and only if"),
        ({"instructions": None}, "if and only if"),
        ({"instructions_bound": [900, 1000]}, "is not that of"),
        ({"latency_us": [2, 1]}, "from low to high"),
        ({"latency_us": [1]}, "1 elements, not 2"),
        ({"cpi": [-1, 1]}, "from low to high"),
        ({"energy_uj": [float("nan"), 1]}, "no finite number"),
        ({"latency_us": [1, float("inf")]}, "no finite number"),
        ({"ma_per_mhz": float("nan")}, "no finite number"),
        ({"clock_hz": 0}, "no frequency"),
        ({"latency_us": [1, 1e300]}, "beyond all use"),
        ({"stack": {"init": -1, "invoke": 0}}, "below zero"),
        ({"stack": {"init": 1, "invoke": 2**53 - 1}}, "beyond all use"),
        ({"calls": None}, "not a list"),
    ],
)
def test_anything_else_is_refused(tmp_path: Path, change: dict[str, object], said: str):
    path = tmp_path / "kws_profile.json"
    path.write_text(json.dumps({**json.loads(COUNTED.to_json()), **change}))
    with pytest.raises(UsageError, match=said):
        read_profile(path)


def test_no_file(tmp_path: Path):
    with pytest.raises(UsageError, match="cannot read"):
        read_profile(tmp_path / "none.json")


def test_check_puts_it_into_the_report(tmp_path: Path):
    link_stm32(tmp_path)
    write_text(tmp_path / "kws_model.json", KWS.to_json())
    write_text(tmp_path / "kws_profile.json", COUNTED.to_json())
    words = ["check", str(tmp_path / "firmware.elf"), "--manifest", str(tmp_path / "kws_model.json")]
    words += ["-o", str(tmp_path)]
    assert main(words) == 0
    assert json.loads((tmp_path / "report.json").read_text())["models"][0]["profile"] is None
    assert main([*words, "--profile", str(tmp_path / "kws_profile.json")]) == 0
    written = json.loads(COUNTED.to_json())
    profile = json.loads((tmp_path / "report.json").read_text())["models"][0]["profile"]
    assert profile == {key: value for key, value in written.items() if key not in ("schema", "name")}
