"""Classes of instructions as the assemblers make them, and cycles of blocks that the manuals' tables give by hand."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from platformio_tinyml.firmware.elf import read_image
from platformio_tinyml.timing.classes import Work, classify
from platformio_tinyml.timing.core import find_core
from platformio_tinyml.timing.cycles import cycles_of, find_timing
from platformio_tinyml.timing.flash import CACHED, PLAIN, PREFETCHED, Flash, find_flash

THUMB = {
    "alu": "adds r0, r1; add r0, r1, r2, lsl #3; sxtb16 r0, r1; ssat r0, #8, r1; it eq; moveq r8, r1; mov.w r8, #5",
    "load": "ldr r0, [r1]; nop; ldrb.w r8, [r1, #99]; nop; ldr r0, =0x1234567; nop; vldr s0, [r1]; nop; ldrsh r0, [r1]",
    "store": "str r0, [r1]; strb r0, [r1, r2]; strh.w r8, [r1], #2; vstr s0, [r1]; push {r4}",
    "multiply": "muls r0, r1; mul r8, r9, r10; smlad r0, r1, r2, r3; smmulr r0, r1, r2; smmlar r0, r1, r2, r3",
    "multiply_add": "mla r0, r1, r2, r3; mls r0, r1, r2, r3",
    "long_multiply": "smull r0, r1, r2, r3; umull r0, r1, r2, r3",
    "long_multiply_add": "smlal r0, r1, r2, r3; umlal r0, r1, r2, r3; smlald r0, r1, r2, r3",
    "divide": "sdiv r0, r1, r2; udiv r0, r1, r2",
    "branch": "b .; b.w .; bl .; beq .; beq.w .; cbz r0, .+6; bx lr; blx r3",
    "float": "vadd.f32 s0, s1, s2; vmul.f32 s0, s1, s2; vcmp.f32 s0, s1",
    "float_multiply_add": "vmla.f32 s0, s1, s2; vfma.f32 s0, s1, s2; vfms.f32 s0, s1, s2; vnmls.f32 s0, s1, s2",
    "float_divide": "vdiv.f32 s0, s1, s2; vsqrt.f32 s0, s1",
}
RISCV = {
    "alu": "add a0, a1, a2; c.addi a0, 1; lui a0, 5; c.mv a0, a1; xori a0, a1, -1",
    "load": "lw s2, 0(a1); nop; c.lw a0, 0(a1); nop; c.lwsp a0, 4(sp)",
    "load_narrow": "lb a0, 0(a1); lbu a0, 0(a1); lh a0, 0(a1)",
    "store": "sw s2, 0(a1); c.sw a0, 0(a1); c.swsp a0, 4(sp); sb a0, 0(a1)",
    "multiply": "mul a0, a1, a2",
    "long_multiply": "mulh a0, a1, a2; mulhu a0, a1, a2; mulhsu a0, a1, a2",
    "divide": "div a0, a1, a2; remu a0, a1, a2",
    "branch": "beq a0, a1, .; c.j .; c.jal .; c.beqz a0, .; c.jr a0; jalr ra, 8(a0); jal x0, .",
}
TOOLS = {
    "arm": ("arm-none-eabi-gcc", ("-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16")),
    "riscv": ("riscv64-unknown-elf-gcc", ("-march=rv32imc", "-mabi=ilp32")),
}


def code_of(machine: str, text: str, folder: Path) -> bytes:
    compiler, flags = TOOLS[machine]
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    lines = text.replace("; ", "\n")
    head = ".syntax unified\n.thumb\n" if machine == "arm" else ""
    (folder / "a.s").write_text(f"{head}.globl f\nf:\n{lines}\nend:\n.globl end\n.balign 4\n")
    options = ("-nostdlib", "-Wl,-Ttext=0x1000", "-Wl,--entry=f", "-Wl,--no-relax")
    subprocess.run(
        [compiler, *flags, *options, folder / "a.s", "-o", folder / "a.elf"], check=True, capture_output=True
    )
    image = read_image(folder / "a.elf")
    first, last = (next(s.address for s in image.symbols if s.name == name) & ~1 for name in ("f", "end"))
    segment = next(each for each in image.segments if each.address <= first < each.address + len(each.data))
    return segment.data[first - segment.address : last - segment.address]


@pytest.mark.parametrize(
    ("machine", "name"), [*(("arm", name) for name in THUMB), *(("riscv", name) for name in RISCV)]
)
def test_classes(machine: str, name: str, tmp_path: Path) -> None:
    text = {"arm": THUMB, "riscv": RISCV}[machine][name]
    found = dict(classify(machine, code_of(machine, text, tmp_path)))
    expected = Counter("alu" if line == "nop" else name for line in text.split("; "))
    if "push" in text:
        expected = Counter({"store": 4, "store_many": 1})
    assert found == {**expected, "instructions": expected.total()}


def test_words_and_neighbours(tmp_path: Path) -> None:
    """LDM, LDRD, POP and VLDM by their words; a load behind a load or a store is another class."""
    text = "ldm r0!, {r1-r3}; ldrd r4, r5, [r0]; push {r4, lr}; vldm r0, {s0-s3}; ldm.w r0, {r8, r9}; pop {r4, pc}"
    found = dict(classify("arm", code_of("arm", text, tmp_path)))
    assert found == {"load_many": 5, "store_many": 1, "words": 9, "instructions": 6}
    text = "ldr r0, [r1]; ldr r2, [r1]; str r2, [r3]; ldr r2, [r1]; adds r2, r0; ldr r4, [r1]"
    found = dict(classify("arm", code_of("arm", text, tmp_path)))
    assert found == {"load": 2, "load_next": 2, "store": 1, "alu": 1, "instructions": 6}


def test_cycles_by_hand() -> None:
    m4, m0 = find_core("cortex-m4"), find_core("Cortex-M0")
    assert m4 and m0
    work = Work(
        {"instructions": 9, "alu": 2, "load": 1, "load_next": 2, "load_many": 1, "words": 3, "divide": 1, "branch": 2}
    )
    work["taken"] = 2
    free = Flash(0, CACHED, 16, 8, "")
    # 2 + 2 + 2 x 1 + (1 + 4) + 7 + 2 + 2 x 2, and on a Cortex-M0 each load takes 2
    assert cycles_of(work, m4, free) == 24
    assert cycles_of(work - Work(divide=1), m0, free) == 2 + 6 + 5 + 2 + 4
    work |= {"flash_lines": 10, "taken_flash": 2, "code_flash": 64}
    assert [cycles_of(work, m4, Flash(3, code, 16, 8, "")) for code in (CACHED, PREFETCHED, PLAIN)] == [54, 60, 72]


def test_flash_by_chip_and_clock() -> None:
    assert [find_flash("stm32l4r5zit6", mhz * 1_000_000).wait for mhz in (20, 21, 120)] == [0, 1, 5]  # type: ignore[union-attr]
    assert find_flash("stm32f405rgt6", 168_000_000).wait == 5  # type: ignore[union-attr]
    assert find_flash("stm32l476rgt6", 80_000_000).line == 8  # type: ignore[union-attr]
    assert find_flash("stm32f405rgt6", 200_000_000) is None and find_flash("", 1) is None
    assert find_flash("stm32f405rgt6", None) is None


def test_what_is_not_known_widens_the_range() -> None:
    work = Work({"instructions": 100, "alu": 100, "flash_lines": 10})
    known, unknown = (find_timing(["cortex-m4"], mcu, 168_000_000) for mcu in ("stm32f405rgt6", "noname"))
    assert known and unknown and find_timing(["x86-64", ""], "", None) is None
    assert (known.cycles(work), unknown.cycles(work)) == (150, 100)
    assert known.bound(work) == pytest.approx((150 * 0.95, 150 * 1.2))
    assert unknown.bound(work) == pytest.approx((100 * 0.95, 150 * 1.2))
    fe310 = find_timing(["rv32imac"], "fe310", 320_000_000)
    assert fe310 and fe310.core.name == "sifive-e31", "a chip's file names its core"
