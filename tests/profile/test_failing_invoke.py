"""An invoke that fails in the emulator: the model's fault is a failing check, what the emulator lacks is a note."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from linked import KWS, link

from platformio_tinyml.firmware.elf import read_image
from platformio_tinyml.judgement.invokes import judge_invokes
from platformio_tinyml.manifest import CallInfo, Manifest, TensorInfo
from platformio_tinyml.profile.profile import Profiled, measure

pytest.importorskip("unicorn")

COMPILERS = {
    "arm": (
        "arm-none-eabi-gcc",
        "-mcpu=cortex-m4",
        "-mthumb",
        "-Os",
        "-nostdlib",
        "-Wl,-e,main",
        "-Wl,-Ttext=0x08000000",
    ),
    "riscv": (
        "riscv64-unknown-elf-gcc",
        "-march=rv32imac",
        "-mabi=ilp32",
        "-Os",
        "-ffreestanding",
        "-nostdlib",
        "-Wl,-e,main",
    ),
}
SOURCE = """\
#include <stdarg.h>
#include <stdint.h>

int8_t input[4], output[4];
int kws_init(void) { return 0; }
int8_t *kws_input_0(void) { return input; }
int8_t *kws_output_0(void) { return output; }

__attribute__((noinline)) void DebugLog(const char *format, va_list arguments) {
    *(volatile char *)0x40004400 = *format;
}

static void say(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    DebugLog(format, arguments);
    va_end(arguments);
}

__attribute__((noinline)) int print_to_a_port(void) { return *(volatile int *)0x40004400; }
__attribute__((noinline)) int tinyml_touch(uintptr_t address) { return *(volatile int *)address; }
__attribute__((noinline)) int application(uintptr_t address) { return *(volatile int *)address; }
__attribute__((noinline)) int application_waits(void) { while (*(volatile int *)input != 1) { } return 1; }
int (*volatile table)(uintptr_t) = tinyml_touch;
__attribute__((noinline)) int kws_invoke(void) { BODY }
int main(void) { say(""); return kws_init() + *kws_input_0() + kws_invoke() + *kws_output_0() + print_to_a_port(); }
"""
LOG = 'say("%s: %d of %u, %x, %%, %c", "Type", -3, 7, 255, 65); say("another"); '
MOVED = 8
ALL_ZERO = "!(input[0] | input[1] | input[2] | input[3])"


def measured(folder: Path, machine: str, body: str) -> Profiled:
    link(folder, COMPILERS[machine], {"main.c": SOURCE.replace("BODY", body)}, "-lgcc")
    return measure(read_image(folder / "firmware.elf"), _manifest())


def _manifest() -> Manifest:
    ends = [TensorInfo(name, f"kws_{name}_0", "INT8", (1, 4), 4, 0.5, 0) for name in ("input", "output")]
    infos = (CallInfo("net/dw", (1, 4), 0, MOVED),)
    return replace(
        KWS,
        call_infos=infos,
        macs=0,
        calls=((3, "DEPTHWISE_CONV_2D", "tinyml_conv_2d_s8", 0),),
        init="kws_init",
        invoke="kws_invoke",
        inputs=(ends[0],),
        outputs=(ends[1],),
        runtime="compiled",
    )


@pytest.mark.parametrize("machine", COMPILERS)
def test_a_status_with_the_librarys_words(tmp_path: Path, machine: str) -> None:
    """The print itself would end the run: there is no such peripheral here."""
    found = measured(tmp_path, machine, f"{LOG}return 3;")
    (check,) = judge_invokes([found.profile])
    assert (check.name, check.ok) == ("invoke:kws", False)
    assert check.message == "kws_invoke returns the status 3 (tinyml.h); the library says: Type: -3 of 7, ff, %, A"
    assert found.counted is None
    assert found.profile.method == "estimated"


@pytest.mark.parametrize("machine", COMPILERS)
@pytest.mark.parametrize("address", ["0x70", "0x90000000"])
def test_a_fault_of_the_models_code(tmp_path: Path, machine: str, address: str) -> None:
    found = measured(tmp_path, machine, f"return table({address}) & 0;")
    (check,) = judge_invokes([found.profile])
    assert not check.ok
    assert "read unmapped memory" in check.message and "tinyml_touch" in check.message


ENDLESS = "while (*(volatile int *)input != 1) { }"


@pytest.mark.parametrize("machine", COMPILERS)
def test_an_endless_loop_of_the_models_code(tmp_path: Path, machine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformio_tinyml.profile.count.LIMIT", 0.5)
    found = measured(tmp_path, machine, f"{ENDLESS} return 0;")
    (check,) = judge_invokes([found.profile])
    assert not check.ok
    assert "kws_invoke does not end" in check.message and "in kws_invoke+" in check.message


def test_what_is_slow_is_not_endless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model of so much work that the time allowed is not enough."""
    monkeypatch.setattr("platformio_tinyml.profile.count.LIMIT", 0.5)
    monkeypatch.setattr(f"{__name__}.MOVED", 1 << 40)
    found = measured(tmp_path, "arm", f"{ENDLESS} return 0;")
    assert found.profile.failure is None and "time allowed" in found.reason


@pytest.mark.parametrize(
    "body",
    [
        "return print_to_a_port() & 0;",
        "table = application; return table(0x90000000) & 0;",
        "return application_waits() & 0;",
    ],
)
def test_what_the_emulator_lacks_fails_nothing(tmp_path: Path, body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformio_tinyml.profile.count.LIMIT", 0.5)
    found = measured(tmp_path, "arm", body)
    assert found.profile.failure is None
    assert list(judge_invokes([found.profile])) == []
    assert found.counted is None and found.reason


def test_arbitrary_inputs_may_be_out_of_range(tmp_path: Path) -> None:
    """As indices: zeros are tried too, and what was counted on them is told."""
    found = measured(tmp_path, "arm", f"return {ALL_ZERO} ? 0 : 3;")
    assert found.counted is not None and found.counted.zeros
    (check,) = judge_invokes([found.profile])
    assert check.ok
    assert any("inputs that are zero" in note for note in found.profile.notes)
