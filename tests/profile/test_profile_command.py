"""profile: counted where a target can be emulated, estimated where not; every figure of the right kind."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from linked import KWS

from platformio_tinyml.cli import main
from platformio_tinyml.errors import UsageError
from platformio_tinyml.firmware.elf import read_image
from platformio_tinyml.firmware.image import Image
from platformio_tinyml.formats.units import energy, instructions, latency
from platformio_tinyml.manifest import Manifest, read_manifest
from platformio_tinyml.measured.profile import Profile, read_profile
from platformio_tinyml.profile import Power, cpi_of, profile_of
from platformio_tinyml.profile.cost import priced
from platformio_tinyml.profile.estimate import estimate, total
from platformio_tinyml.standalone.build import link_sources, write_sources
from platformio_tinyml.standalone.targets import find_target
from platformio_tinyml.tflite import read_model_file

pytest.importorskip("unicorn")

NOTHING = Image("avr", 32, "", 0, (), (), ())


@pytest.fixture(scope="module", params=["microbit", "netduinoplus2"])
def linked(request: pytest.FixtureRequest, repo: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(ELF, manifest) of examples/digits."""
    return link(request.param, repo / "examples/digits/models/digits.tflite", tmp_path_factory.mktemp("profile"))


def link(board: str, model: Path, folder: Path, level: str = "-Os") -> tuple[Path, Path]:
    target = find_target(board)
    if shutil.which(target.compiler) is None:
        pytest.skip(f"{target.compiler} is not installed")
    (manifest,) = write_sources([read_model_file(model)], folder)
    elf = link_sources(folder, [manifest], target, level)
    path = folder / "manifest.json"
    path.write_text(manifest.to_json())
    return elf, path


def profile(capsys: pytest.CaptureFixture[str], tmp_path: Path, *words: object) -> Profile:
    assert main(["profile", *map(str, words), "--json"]) == 0
    path = tmp_path / "profile.json"
    path.write_text(capsys.readouterr().out)
    return read_profile(path)


def test_counted(linked: tuple[Path, Path], repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    elf, manifest = linked
    words = (elf, "--manifest", manifest, "--clock", 100_000_000, "--ma-per-mhz", "0.5", "--voltage", "2")
    found = profile(capsys, tmp_path, *words)
    assert found == profile(capsys, tmp_path, *words), "the same each time"
    assert found.method == "emulated" and found.instructions and found.stack
    assert found.stack.invoke > 100 and not found.notes
    calls = [call.instructions or 0 for call in found.calls]
    assert [(call.operator, call.opcode) for call in found.calls] == [row[:2] for row in read_manifest(manifest).calls]
    # All but what goes round the calls, which of a stream run by turns.
    around = 500 * len(read_manifest(manifest).turns())
    assert min(calls) > 0 and found.instructions - around < sum(calls) < found.instructions
    assert found.cpi and found.latency_us and found.energy_uj
    assert found.latency_us == pytest.approx([found.instructions * each / 100 for each in found.cpi])
    assert found.energy_uj == pytest.approx([found.instructions * each * 0.5 * 2 / 1000 for each in found.cpi])
    assert main(["profile", str(elf), "--manifest", str(manifest)]) == 0
    text = capsys.readouterr().out
    assert f"{found.instructions:,}" in text and "emulated" in text and "time" not in text


def test_estimates_hold_where_they_can_be_checked(linked: tuple[Path, Path]) -> None:
    """The same code, counted and estimated."""
    elf, path = linked
    image, manifest = read_image(elf), read_manifest(path)
    counted = profile_of(image, manifest)
    estimated = estimate(manifest, "xtensa")
    for call, bound in zip(counted.calls, estimated, strict=True):
        assert bound and call.instructions
        assert bound[0] <= call.instructions <= bound[1], call
    whole = total(estimated)
    assert whole and counted.instructions and whole[0] <= counted.instructions <= whole[1] < 100 * whole[0]


def test_what_cannot_be_told(linked: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    elf, path = linked
    image, manifest = read_image(elf), read_manifest(path)
    merged = replace(manifest, calls=tuple((*row[:2], "tinyml_other_s8", row[3]) for row in manifest.calls))
    found = profile_of(image, merged)
    assert found.instructions == profile_of(image, manifest).instructions, "the total is exact all the same"
    assert all(call.instructions is None and call.instructions_bound is None for call in found.calls)
    assert "cannot be told apart" in found.notes[0]
    monkeypatch.setattr("platformio_tinyml.profile.count.LIMIT", 0.0)
    late = profile_of(image, manifest)
    assert (late.method, late.stack, late.instructions) == ("estimated", None, None)
    assert "did not come to an end in the time allowed" in late.notes[0]
    monkeypatch.undo()
    for cpu, said in (
        ("cortex-m55", "the emulator cannot run code for arm"),
        ("", "nothing in the firmware calls kws_init()"),
    ):
        other = profile_of(image, manifest if cpu else replace(manifest, init="kws_init"), cpu=cpu)
        assert (other.method, other.stack) == ("estimated", None) and said in other.notes[0]


def test_avr_is_an_estimate(tmp_path: Path) -> None:
    found = profile_of(NOTHING, with_figures(KWS), clock_hz=16_000_000)
    assert (found.method, found.core, found.stack, found.instructions) == ("estimated", "avr", None, None)
    assert found.notes == ("an estimate: the emulator does not run code for avr",)
    assert found.latency_us and found.latency_us[0] < found.latency_us[1]
    assert found.energy_uj is None


def with_figures(manifest: Manifest, opcode: str = "CONV_2D") -> Manifest:
    from platformio_tinyml.manifest import CallInfo

    return replace(manifest, calls=((0, opcode, "kernel", 900),), call_infos=(CallInfo("a", (1, 1), 50, 100),))


def test_estimate_by_runtime() -> None:
    compiled, tflm = with_figures(KWS), replace(with_figures(KWS), runtime="tflm")
    (avr,), (xtensa,) = estimate(compiled, "avr"), estimate(compiled, "xtensa")
    (reference,), (vendor,) = estimate(tflm, "xtensa", "reference"), estimate(tflm, "xtensa", "esp-nn")
    assert avr and xtensa and reference and vendor
    assert xtensa[0] < avr[0] and xtensa[1] < avr[1]
    assert vendor[0] == 1000 // 16 < reference[0] and vendor[1] == reference[1]
    assert estimate(tflm, "xtensa") == (vendor,), "nobody knows the kernels"
    (unmeasured,) = estimate(with_figures(KWS, "TANH"), "xtensa")
    assert unmeasured and unmeasured[0] < xtensa[0] and unmeasured[1] > xtensa[1]
    unknown = replace(compiled, call_infos=())
    assert estimate(unknown, "avr") == (None,) and total((None,)) is None
    nothing = profile_of(NOTHING, unknown, clock_hz=1_000_000)
    assert nothing.instructions_bound is None and nothing.latency_us is None


def test_no_figure_without_all_that_it_is_made_of() -> None:
    known = profile_of(NOTHING, with_figures(KWS))
    assert known.latency_us is None and known.energy_uj is None
    assert priced(known, None, Power(0.3)).energy_uj, "energy needs no clock"
    assert priced(known, None, Power(0.3)).voltage == 3.3
    assert priced(replace(known, cpi=None), 1_000_000, Power(0.3)).latency_us is None


@pytest.mark.parametrize(
    ("core", "expected"),
    [
        ("cortex-m4", (1.0, 2.0)),
        ("Cortex-M7", (0.5, 2.0)),
        ("7e-m", (0.5, 2.0)),
        ("rv32imc", (1.0, 3.0)),
        ("riscv", (1.0, 3.0)),
        ("xtensa-lx6", (1.0, 3.0)),
        ("avr", (1.3, 1.7)),
        ("x86-64", None),
        ("", None),
    ],
)
def test_cycles_per_instruction(core: str, expected: tuple[float, float] | None) -> None:
    assert cpi_of(core) == expected


def test_ranges_in_words() -> None:
    assert instructions((1234567, 1234567)) == "1,234,567"
    assert instructions((12345, 67890)) == "12,000 to 68,000"
    assert instructions((12345, 6789000)) == "0.012 to 6.8 million"
    assert instructions(None) == "not known"
    assert latency((0.4, 12.34)) == "0.4 to 13 us"
    assert latency((32.05, 64.1)) == "32 to 65 us"  # never below the end that a budget is judged by
    assert latency((59438.0, 118876.0)) == "59 to 120 ms"
    assert latency((900000.0, 1.8e6)) == "0.9 to 1.8 s"
    assert energy((8.2e3, 16.4e3)) == "8.2 to 17 mJ"


@pytest.mark.parametrize(
    "words",
    [
        ("--clock", "0"),
        ("--clock", "fast"),
        ("--clock", "9" * 20),
        ("--ma-per-mhz", "-1"),
        ("--ma-per-mhz", "1e300"),
        ("--voltage", "nan"),
        ("--voltage", "inf"),
    ],
)
def test_wrong_arguments(tmp_path: Path, words: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", str(tmp_path / "none.elf"), "--manifest", "x.json", *words]) == 2
    assert words[0] in capsys.readouterr().err


def test_not_linked(linked: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "kws.json"
    other.write_text(KWS.to_json())
    assert main(["profile", str(linked[0]), "--manifest", str(other), "--json"]) == UsageError.exit_code
    assert json.loads(capsys.readouterr().out)["errors"][0]["code"] == "not-linked"
