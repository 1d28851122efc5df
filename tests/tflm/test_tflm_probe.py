"""The probe command on Cortex-M4 and RV32 ELFs of generated code and a stand-in for TFLM."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from cross_compilers import compiler, require_compilers
from fake_tflm import ARENA, NEW, PERSISTENT, PLANNED_ARENA, write_fake, write_split
from test_tflm_generated import INCLUDE, generate, model  # noqa: F401  a fixture

from platformio_tinyml.cli.main import main
from platformio_tinyml.contract.container import HEADER
from platformio_tinyml.firmware.elf import read_image
from platformio_tinyml.firmware.image import Image, Symbol
from platformio_tinyml.judgement.acceptance import forgotten_check
from platformio_tinyml.manifest import manifest_from_json
from platformio_tinyml.tflite import read_model
from platformio_tinyml.tflite.metadata import has_offline_plan
from platformio_tinyml.tflm.accept import MeasuredArena, accept, is_never_ready
from platformio_tinyml.tflm.link import PROBE_SOURCE, link_flags

pytest.importorskip("unicorn", reason="unicorn is not installed")
from platformio_tinyml.emulate import Emulator

MACHINES = pytest.mark.parametrize("machine", ["cortex-m4", "rv32imac"])
SECTIONS = ("-ffunction-sections", "-fdata-sections")


def link(folder: Path, *flags: str, machine: str = "cortex-m4", extra: str = "") -> Path:
    """The probe's ELF; `extra` is one more C++ source, `flags` are for all of C++."""
    require_compilers(machine)
    (folder / "extra.cc").write_text(extra)
    generated = folder / "generated"
    includes = [f"-I{path}" for path in (generated, folder / "tflm", INCLUDE)]
    common = ["-Os", *SECTIONS, *includes]
    sources = [generated / "kws_model.cc", folder / "tflm" / "kernels.cc", folder / "extra.cc"]
    objects = []
    for source in (*sources, generated / "kws_tflite.c", PROBE_SOURCE):
        objects.append(str(folder / f"{source.stem}.o"))
        cxx = source.suffix == ".cc"
        options = ["-std=c++17", "-fno-exceptions", "-fno-rtti", *flags] if cxx else ["-std=c99", "-Wall", "-Wextra"]
        command = compiler(machine, "g++" if cxx else "gcc")
        subprocess.run([*command, *common, *options, "-c", str(source), "-o", objects[-1]], check=True, timeout=600)
    elf = folder / "probe.elf"
    command = [*compiler(machine, "gcc"), *link_flags("kws"), *objects, "-o", str(elf)]
    subprocess.run(command, check=True, timeout=600)
    return elf


def probe(folder: Path, elf: Path, *options: str) -> int:
    manifest = folder / "generated" / "kws_model.json"
    return main(["probe", str(elf), "--manifest", str(manifest), "-o", str(folder / "out"), *options])


def written(folder: Path) -> dict:
    return json.loads((folder / "out" / "kws_arena.json").read_text())


@pytest.fixture
def folder(model: Path, tmp_path: Path) -> Path:  # noqa: F811
    generate(model, tmp_path, NEW)
    return tmp_path


@MACHINES
def test_the_smallest_arena_and_the_files(folder: Path, model: Path, machine: str) -> None:  # noqa: F811
    assert probe(folder, link(folder, machine=machine), "--offline-plan", "off") == 0
    document = written(folder)
    assert (document["size"], document["measured"], document["method"]) == (ARENA, ARENA, "emulated")
    assert document["lower_bound"] == 32
    assert document["instructions"] > 10
    assert document["stack"] > 0
    assert document["offline_plan"] is None
    manifest = manifest_from_json((folder / "out" / "kws_model.json").read_text())
    assert (manifest.arena.size, manifest.arena.method) == (ARENA, "emulated")
    assert f"kws_arena[{ARENA}]" in (folder / "out" / "kws_arena.c").read_text()
    array = (folder / "out" / "kws_tflite.c").read_text()
    assert array == (folder / "generated" / "kws_tflite.c").read_text()
    assert "KWS_ARENA_ATTRIBUTE" in (folder / "out" / "kws_arena.c").read_text()


@MACHINES
def test_both_parts_of_a_split_arena(tmp_path: Path, model: Path, machine: str, capsys) -> None:  # noqa: F811
    """Each as small as it is taken, and what the build's check runs finds the same."""
    write_split(write_fake(tmp_path / "tflm", NEW))
    words = ["generate", str(model), "-o", str(tmp_path / "generated"), "--runtime", "tflm", "--split-arena"]
    assert main([*words, "--name", "kws", "--tflm-include", str(tmp_path / "tflm")]) == 0
    elf = link(tmp_path, machine=machine)
    assert probe(tmp_path, elf, "--arena-margin", "32") == 0
    document = written(tmp_path)
    assert (document["measured"], document["measured_persistent"]) == (PLANNED_ARENA + PERSISTENT, PERSISTENT)
    assert (document["size"], document["persistent"]) == (document["measured"] + 64, PERSISTENT + 32)
    arena = manifest_from_json((tmp_path / "out" / "kws_model.json").read_text()).arena
    assert (arena.size, arena.persistent, arena.head) == (document["size"], PERSISTENT + 32, PLANNED_ARENA + 32)
    text = (tmp_path / "out" / "kws_arena.c").read_text()
    assert f"kws_arena[{arena.head}]" in text
    assert f"kws_persistent[{arena.persistent}]" in text
    image, found = read_image(elf), (ARENA + PERSISTENT, PERSISTENT)
    assert accept(image, MeasuredArena("kws", found[0], found[0], PERSISTENT, PERSISTENT)).problem == ""
    for less in ((0, 16), (16, 16), (16, 0)):
        lacks = MeasuredArena("kws", found[0] - less[0], found[0], PERSISTENT - less[1], PERSISTENT)
        assert accept(image, lacks).needed == found[0] if less != (0, 16) else accept(image, lacks).problem
    roomy = MeasuredArena("kws", found[0] + 16, found[0] + 16, PERSISTENT + 16, PERSISTENT + 16)
    assert "takes less" in accept(image, roomy).problem
    contract, packed = tmp_path / "kws.contract.json", tmp_path / "kws.bin"
    words = ["contract", str(model), "--manifest", str(tmp_path / "out" / "kws_model.json"), "-o", str(contract)]
    assert main(words) == 0
    assert main(["compatible", str(model), str(contract), "--elf", str(elf), "-o", str(packed)]) == 1
    assert f"arena of {ARENA:,} bytes, and the firmware has {PLANNED_ARENA + 32:,}" in capsys.readouterr().out
    assert main([*words, "--arena", str(ARENA)]) == 0
    assert main(["compatible", str(model), str(contract), "--elf", str(elf), "-o", str(packed)]) == 0
    assert HEADER.unpack(packed.read_bytes()[: HEADER.size])[-2:] == (ARENA, PERSISTENT)
    capsys.readouterr()
    assert probe(tmp_path, elf, "--arena-size", "4 KB") == 2
    assert "two sizes" in capsys.readouterr().err


def test_the_offline_plan_where_it_makes_the_arena_smaller(folder: Path, model: Path) -> None:  # noqa: F811
    assert probe(folder, link(folder)) == 0
    document = written(folder)
    assert document["size"] == PLANNED_ARENA
    size = manifest_from_json((folder / "out" / "kws_model.json").read_text()).weights
    plan = document["offline_plan"]
    added = size - model.stat().st_size
    assert plan == {"used": True, "without": ARENA, "with_plan": PLANNED_ARENA, "flash": added}
    array = (folder / "out" / "kws_tflite.c").read_text()
    start, end = array.index("{") + 1, array.index("}")
    data = bytes(int(number) for number in array[start:end].split(","))
    assert len(data) == size
    assert has_offline_plan(data)
    assert read_model(data, "kws") == read_model(model.read_bytes(), "kws")


def test_a_plan_that_changes_the_outputs_is_not_used(folder: Path) -> None:
    elf = link(folder, "-DFAKE_WRONG=+(model_->has_plan() ? 1 : 0)")
    assert probe(folder, elf) == 0
    document = written(folder)
    assert document["size"] == ARENA
    assert document["offline_plan"]["used"] is False
    assert document["offline_plan"]["with_plan"] == PLANNED_ARENA


def test_margin_and_fixed_size(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    elf = link(folder)
    assert probe(folder, elf, "--offline-plan", "off", "--arena-margin", "10 percent") == 0
    assert written(folder)["size"] == -(-ARENA * 11 // 160) * 16
    assert probe(folder, elf, "--offline-plan", "off", "--arena-size", "2K") == 0
    assert (written(folder)["size"], written(folder)["measured"], written(folder)["method"]) == (2048, ARENA, "fixed")
    capsys.readouterr()
    assert probe(folder, elf, "--offline-plan", "off", "--arena-size", "1000") == 2
    assert f"{ARENA:,}" in capsys.readouterr().err


@MACHINES
def test_constructors_run_and_those_that_fault_are_told(
    folder: Path, capsys: pytest.CaptureFixture[str], machine: str
) -> None:
    extra = """
        namespace tflite { int ready; }
        __attribute__((constructor)) static void good() { tflite::ready = 1; }
        __attribute__((constructor)) static void starts_clocks() { *(volatile int *)0x40023800 = 1; }"""
    before = "-DFAKE_BEFORE_ALLOCATE=extern int ready; if (ready != 1) return kTfLiteError"
    elf = link(folder, before, extra=extra, machine=machine)
    assert probe(folder, elf, "--offline-plan", "off") == 0
    (fault,) = written(folder)["skipped_constructors"]
    assert "0x40023800" in fault
    assert "starts_clocks" in fault
    assert "starts_clocks" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("machine", "code", "texts"),
    [
        ("cortex-m4", "*(volatile int *)0x40000010 = 1", ["0x40000010", "kws_init_from"]),
        ("cortex-m4", '__asm__ volatile("svc 3")', ["kws_init_from"]),
        ("cortex-m4", '__asm__ volatile("bkpt 0xab")', ["kws_init_from"]),
        ("cortex-m4", 'DebugLog("no such kernel"); return kTfLiteError', ["no such kernel", "16,777,216"]),
        ("rv32imac", "*(volatile int *)0x60024000 = 1", ["0x60024000", "kws_init_from"]),
        ("rv32imac", '__asm__ volatile("ecall")', ["kws_init_from"]),
        ("rv32imac", '__asm__ volatile("ebreak")', ["kws_init_from"]),
        ("rv32imac", 'DebugLog("no such kernel"); return kTfLiteError', ["no such kernel", "16,777,216"]),
    ],
    ids=[*("peripheral", "svc", "semihosting", "refused"), *("rv32 peripheral", "ecall", "ebreak", "rv32 refused")],
)
def test_what_ends_a_probe(
    folder: Path, capsys: pytest.CaptureFixture[str], machine: str, code: str, texts: list[str]
) -> None:
    assert probe(folder, link(folder, f"-DFAKE_BEFORE_ALLOCATE={code}", machine=machine)) == 4
    message = capsys.readouterr().err
    for text in texts:
        assert text in message
    assert "Traceback" not in message


def test_a_small_arena_that_makes_tflm_fault_is_too_small(folder: Path) -> None:
    elf = link(folder, "-DFAKE_BEFORE_ALLOCATE=if (size_ < 500) *(volatile int *)0 = 1")
    assert probe(folder, elf, "--offline-plan", "off") == 0
    assert written(folder)["size"] == ARENA


def test_the_largest_arena_says_why_a_model_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fault = "if (size_ < 5000) *(volatile int *)0x60024000 = 1"
    elf = link(folder, f'-DFAKE_BEFORE_ALLOCATE={fault}; DebugLog("the zero point is 3"); return kTfLiteError')
    assert probe(folder, elf) == 4
    message = capsys.readouterr().err
    assert "the zero point is 3" in message
    assert "0x60024000" not in message


def test_an_unaligned_arena_is_told_from_a_small_one(folder: Path) -> None:
    """On the target's CPU: the status, and what an aligned beginning would cost at each address."""
    extra = """
        #include <tinyml.h>
        unsigned char padding[33];
        __attribute__((constructor)) static void fill() {
            for (uintptr_t i = 0; i < sizeof padding; i++) {
                padding[i] = (unsigned char)tinyml_arena_padding(reinterpret_cast<void *>(0x20000000 + i));
            }
        }"""
    emulator = Emulator(read_image(link(folder, extra=extra)))
    emulator.call("tinyml_probe_construct", 0)
    padding = emulator.symbol("padding")
    assert list(emulator.read(padding.address, padding.size)) == [-address % 16 for address in range(33)]
    emulator.map(0x60000000, 1 << 20)
    array = emulator.symbol("kws_tflite").address
    for address in range(33):
        result = emulator.call("kws_init_from", array, 0x60000000 + address, ARENA).result
        assert result == (5 if address % 16 else 0)
    assert emulator.call("kws_init_from", array, 0x60000004, ARENA - 16).result == 5
    assert emulator.call("kws_init_from", array, 0x60000010, ARENA - 16).result == 1


@MACHINES
def test_code_without_an_end(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], machine: str
) -> None:
    monkeypatch.setattr("platformio_tinyml.tflm.probe.TIME", 0.5)
    elf = link(folder, '-DFAKE_BEFORE_ALLOCATE=for (;;) { __asm__ volatile(""); }', machine=machine)
    assert probe(folder, elf) == 4
    message = capsys.readouterr().err
    assert "did not come to an end" in message
    assert "in kws_init_from+0x" in message


def test_the_wrong_files(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    elf = link(folder)
    assert probe(folder, folder / "none.elf") == 2
    subprocess.run(["arm-none-eabi-strip", elf], check=True, timeout=200)
    assert probe(folder, elf) == 2
    assert "kws_init_from" in capsys.readouterr().err
    manifest = folder / "generated" / "kws_model.json"
    manifest.write_text(manifest.read_text().replace('"tflm"', '"compiled"'))
    assert probe(folder, elf) == 2
    manifest.write_text("{}")
    assert probe(folder, elf) == 2


def test_another_model_than_the_header_s(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert probe(folder, link(folder, "-DFAKE_BYTES=12")) == 4
    assert "header" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("names", "never"), [("invoke", True), ("invoke init_from", False), ("tflite", False), ("", False)]
)
def test_a_firmware_that_invokes_and_never_initialises(names: str, never: bool) -> None:
    """One that has an interpreter of its own takes the array alone."""
    symbols = tuple(Symbol(f"kws_{name}", 0, 4, "function", "global", 1) for name in names.split())
    image = Image("arm", 32, "", 0, (), (), symbols)
    assert is_never_ready(image, MeasuredArena("kws", 64, 64)) is never
    checks = [forgotten_check("kws", 64)] if never else []
    assert all(not check.ok and "TINYML_ERROR_INIT" in check.message for check in checks)
