"""Emulator against code compiled for each core; the exact counts against single steps."""

import dataclasses
import shutil
import subprocess
import sys
from pathlib import Path
from time import process_time

import pytest

pytest.importorskip("unicorn")
from platformio_tinyml.emulate import EmulationError, Emulator
from platformio_tinyml.emulate.instructions import indirect_calls
from platformio_tinyml.errors import SetupError, UsageError
from platformio_tinyml.firmware.elf import read_image
from platformio_tinyml.firmware.image import Image, Segment

SOURCE = Path(__file__).with_name("emulated.c")
ARM = ("arm-none-eabi-gcc", "-mthumb")
CORES = {
    "cortex-m0": (*ARM, "-mcpu=cortex-m0"),
    "cortex-m3": (*ARM, "-mcpu=cortex-m3"),
    "cortex-m4": (*ARM, "-mcpu=cortex-m4", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"),
    "cortex-m33": (*ARM, "-mcpu=cortex-m33", "-mfloat-abi=hard", "-mfpu=fpv5-sp-d16"),
    "riscv": ("riscv64-unknown-elf-gcc", "-march=rv32imac", "-mabi=ilp32"),
}
LINKER_SCRIPT = """
MEMORY {
  flash (rx) : ORIGIN = 0x08000000, LENGTH = 64K
  ram (rw) : ORIGIN = 0x20000000, LENGTH = 16K
}
SECTIONS {
  .text : { *(.text*) *(.rodata*) *(.srodata*) } > flash
  .data : { *(.data*) __global_pointer$ = . + 0x800; *(.sdata*) } > ram AT > flash
  .tdata : { __tls_base = .; *(.tdata*) } > ram AT > flash
  .bss : { *(.bss*) *(.sbss*) } > ram
}
"""


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Image]:
    folder = tmp_path_factory.mktemp("emulated")
    script = folder / "link.ld"
    script.write_text(LINKER_SCRIPT)
    images = {}
    for core, (compiler, *flags) in CORES.items():
        if shutil.which(compiler):
            elf = folder / f"{core}.elf"
            link = ["-nostdlib", "-Wl,--entry=mix", "-Wl,--no-warn-rwx-segments", "-T", str(script)]
            command = [compiler, *flags, "-Os", "-ffreestanding", *link, str(SOURCE), "-lgcc", "-o", str(elf)]
            subprocess.run(command, check=True)
            images[core] = read_image(elf)
    return images


@pytest.fixture(params=CORES)
def image(request: pytest.FixtureRequest, images: dict[str, Image]) -> Image:
    if request.param not in images:
        pytest.skip(f"{CORES[request.param][0]} is not installed")
    return images[request.param]


@pytest.fixture
def m4(images: dict[str, Image]) -> Image:
    if "cortex-m4" not in images:
        pytest.skip("arm-none-eabi-gcc is not installed")
    return images["cortex-m4"]


def mix(n: int) -> int:
    total = 0
    for i in range(n):
        v = (i * 2654435761 & 0xFFFFFFFF) >> 3
        total = total + v if v & 4 else total ^ v
        total -= 3 if v & 8 else 0
    return total & 0xFFFFFFFF


def instructions_by_stepping(image: Image, function: str, *arguments: int) -> int:
    """The count by running one instruction at a time: slow, and independent of how Emulator counts.

    A single step that starts at an IT instruction runs through its whole block, so those are told from the code.
    """
    emulator = Emulator(image)
    cpu, uc = emulator._cpu, emulator._uc
    for register, argument in zip(cpu.arguments, arguments, strict=False):
        uc.reg_write(register, argument)
    uc.reg_write(cpu.sp, emulator._stack + 4096)
    uc.reg_write(cpu.link, emulator._trap | cpu.code_bit)
    pc = emulator.symbol(function).address
    count = 0
    while pc != emulator._trap:
        first_half = int.from_bytes(emulator.read(pc, 2), "little")
        is_it = image.machine == "arm" and first_half & 0xFF00 == 0xBF00 and first_half & 0xF
        uc.emu_start(pc | cpu.code_bit, emulator._trap, count=1)
        count += 1 + (4 - ((first_half & 0xF) & -(first_half & 0xF)).bit_length() + 1 if is_it else 0)
        pc = uc.reg_read(cpu.pc)
    return count


def test_arguments_and_result(image: Image) -> None:
    emulator = Emulator(image)
    assert emulator.call("sum_of_four", 1, 2, 3, 4).result == 4321
    assert emulator.call("sum_of_four", -1, 0, 0, 0).result == 0xFFFFFFFF


@pytest.mark.parametrize("n", [0, 1, 2, 37])
def test_count_is_that_of_single_steps(image: Image, n: int) -> None:
    call = Emulator(image).call("two_mixes", n)
    assert call.result == mix(n) ^ mix(n // 2)
    assert call.instructions == instructions_by_stepping(image, "two_mixes", n)


def test_python_hook_counts_as_the_native_one(image: Image, monkeypatch: pytest.MonkeyPatch) -> None:
    native = Emulator(image, buffer=(8, 4)).call("nested_mix", 300, watch=["mix"])
    assert native.work["taken"] > 300
    monkeypatch.setattr("platformio_tinyml.emulate.native._executable", lambda code: None)
    assert Emulator(image, buffer=(8, 4)).call("nested_mix", 300, watch=["mix"]) == native


def test_watched_calls_are_counted_in_order_and_change_nothing(image: Image) -> None:
    alone = [Emulator(image).call("mix", n).instructions for n in (100, 50, 101)]
    plain = Emulator(image).call("nested_mix", 100)
    emulator = Emulator(image)
    emulator.call("nested_mix", 100)  # translated before anything is watched
    emulator.reset()
    call = emulator.call("nested_mix", 100, watch=["mix"])
    assert [watched.function for watched in call.watched] == ["mix"] * 3
    assert [watched.instructions for watched in call.watched] == alone
    assert dataclasses.replace(call, watched=()) == plain
    outer = Emulator(image).call("nested_mix", 100, watch=["mix", "two_mixes", "tail_mix"])
    assert [watched.function for watched in outer.watched] == ["two_mixes", "tail_mix"]
    assert emulator.call("nested_mix", 100).watched == ()


def test_watched_places_are_counted_in_order_and_change_nothing(image: Image) -> None:
    emulator = Emulator(image)
    expected = [emulator.call(name, argument).instructions for name, argument in (("mix", 0), ("tail_mix", 1))]
    plain = Emulator(image).call("call_mixes", 4)
    sites = emulator.indirect_calls("call_mixes")
    call = emulator.call("call_mixes", 4, sites=sites)
    assert dataclasses.replace(call, sites=()) == plain
    by_site = {address: [s.instructions for s in call.sites if s.address == address] for address in sites}
    first, second = (counts for counts in by_site.values() if counts)
    # The call itself is counted with what it calls.
    assert [count - 1 for count in first][:2] == expected
    assert [count - 1 for count in second] == [emulator.call("tail_mix", 3).instructions] * 4
    assert sum(site.instructions for site in call.sites) < call.instructions
    again = emulator.call("call_mixes", 4, sites=sites, watch=["mix"])
    assert again.sites == call.sites, "what is called from a watched place is part of it"
    assert [each.function for each in again.watched] == ["mix"] * 4
    assert emulator.call("call_mixes", 4) == plain


def test_places_in_code(m4: Image) -> None:
    with pytest.raises(UsageError, match="no symbol none"):
        Emulator(m4).indirect_calls("none")
    assert Emulator(m4).indirect_calls("mix") == ()
    cpu = Emulator(m4)._cpu
    # it, blx, blx, itet (three), blx, blx, bx, blx, blx; a bl of two halves, the second like a blx; blx lr
    halves = (0xBF18, 0x4798, 0x4798, 0xBF0A, 0x4798, 0x4798, 0x4718, 0x4798, 0xF000, 0x4798, 0x47F0)
    code = b"".join(half.to_bytes(2, "little") for half in halves)
    assert list(indirect_calls(cpu, 0x100, code)) == [0x104, 0x10E, 0x114]


def test_limit_is_of_all_stretches(m4: Image) -> None:
    emulator = Emulator(m4)
    start = process_time()
    with pytest.raises(EmulationError, match="did not come to an end in the time allowed"):
        emulator.call("call_mixes", 1 << 30, sites=emulator.indirect_calls("call_mixes"), limit=0.3)
    assert process_time() - start < 5


def test_watched_tail_call(image: Image) -> None:
    call = Emulator(image).call("tail_mix", 9, watch=["mix"])
    assert call.result == mix(10)
    assert [watched.function for watched in call.watched] == ["mix"]
    assert call.instructions == instructions_by_stepping(image, "tail_mix", 9)


def test_memory_stays_until_reset(image: Image) -> None:
    emulator = Emulator(image)
    assert [emulator.call("count_calls").result for _ in range(3)] == [5, 7, 9]
    emulator.reset()
    assert emulator.call("count_calls").result == 5


def test_two_emulators_and_the_image_are_independent(image: Image) -> None:
    before = repr(image)
    one, other = Emulator(image), Emulator(image)
    one.call("mix", 10)
    one.write(one.symbol("constants").address, bytes(16))
    assert other.read(other.symbol("constants").address, 4) == (10).to_bytes(4, "little")
    assert other.call("count_calls").result == 5
    assert repr(image) == before


def test_initialised_data_lies_in_ram_and_in_flash(image: Image) -> None:
    emulator = Emulator(image)
    data = next(section for section in image.sections if section.name == ".data")
    assert data.address != data.load_address
    expected = b"".join(value.to_bytes(4, "little") for value in (1, 2, 3, 4))
    for address in (data.address, data.load_address):
        assert emulator.read(address, 16) == expected


def test_floating_point(image: Image) -> None:
    assert Emulator(image).call("float_arithmetic", 3).result == 19


def test_stack_depth_is_that_of_the_buffers(image: Image) -> None:
    emulator = Emulator(image)
    shallow, deeper = emulator.call("deep", 0).stack, emulator.call("deep", 5120).stack
    frame = (deeper - shallow) / 10
    assert frame == int(frame)
    assert 512 < frame < 600
    assert emulator.call("sum_of_four", 1, 1, 1, 1).stack <= 8


def test_stack_overflow_is_told(image: Image) -> None:
    with pytest.raises(EmulationError, match=r"stack overflow\) in deep\+"):
        Emulator(image).call("deep", 1 << 20)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("read_unmapped", "read unmapped memory at 0x60000000 in read_unmapped"),
        ("write_flash", "wrote to read-only memory at 0x0800[0-9a-f]{4} in write_flash"),
        ("jump_nowhere", "jumped to unmapped memory at 0x6000000"),
        ("undefined", "stopped .* in undefined"),
        ("system_call", "stopped .* in system_call"),
        ("breakpoint", "stopped .* in breakpoint"),
        ("wait", "waits for an interrupt in wait"),
        ("forever", "did not come to an end in the time allowed; it was in forever"),
    ],
)
def test_faults_say_what_and_where(image: Image, function: str, message: str) -> None:
    emulator = Emulator(image)
    with pytest.raises(EmulationError, match=message):
        emulator.call(function, limit=0.3)
    assert emulator.call("sum_of_four", 1, 0, 0, 0).result == 1  # and the emulator is usable afterwards


def test_registers_that_riscv_start_up_code_sets(images: dict[str, Image]) -> None:
    if "riscv" not in images:
        pytest.skip("riscv64-unknown-elf-gcc is not installed")
    emulator = Emulator(images["riscv"])
    assert [emulator.call("count_in_thread").result for _ in range(2)] == [8, 9]
    assert emulator.call("count_small").result == 5


def test_the_global_pointer_of_lds_own_script(tmp_path: Path) -> None:
    """There it is an expression outside of all sections."""
    compiler, *flags = CORES["riscv"]
    if not shutil.which(compiler):
        pytest.skip(f"{compiler} is not installed")
    elf = tmp_path / "firmware.elf"
    places = ["-Wl,--entry=mix", "-Wl,-Ttext=0x08000000", "-Wl,-Tdata=0x20000000"]
    command = [compiler, *flags, "-Os", "-ffreestanding", "-nostdlib", *places, str(SOURCE), "-lgcc", "-o", str(elf)]
    subprocess.run(command, check=True)
    image = read_image(elf)
    assert all(symbol.name != "__global_pointer$" for symbol in image.symbols)
    assert 0x20000000 < image.absolute["__global_pointer$"] < 0x20002000
    assert Emulator(image).call("count_small").result == 5


def test_mapped_memory_is_the_callers(image: Image) -> None:
    emulator = Emulator(image)
    emulator.map(0x30000000, 100)
    emulator.write(0x30000010, (40).to_bytes(4, "little") + (2).to_bytes(4, "little"))
    emulator.reset()
    assert emulator.call("load", 0x30000010).result == 42
    for address, size in ((0x30000FFF, 1), (emulator.symbol("zeroed").address, 4), (-4096, 1), (0xFFFFFFFF, 2), (0, 0)):
        with pytest.raises(UsageError, match="cannot map"):
            emulator.map(address, size)


def test_accesses_outside_memory_and_unknown_symbols(m4: Image) -> None:
    emulator = Emulator(m4)
    with pytest.raises(UsageError, match="no memory of 4 bytes at 0x60000000"):
        emulator.read(0x60000000, 4)
    with pytest.raises(UsageError, match="no memory"):
        emulator.write(0x60000000, b"1234")
    with pytest.raises(UsageError, match="no symbol missing"):
        emulator.call("missing")
    with pytest.raises(UsageError, match="no symbol missing"):
        emulator.call("mix", 1, watch=["missing"])


def test_images_that_cannot_be_emulated(m4: Image) -> None:
    for image in (
        dataclasses.replace(m4, machine="avr", cpu=""),
        dataclasses.replace(m4, machine="riscv", bits=64),
        dataclasses.replace(m4, cpu="ARM7TDMI"),
        dataclasses.replace(m4, cpu=""),
    ):
        with pytest.raises(SetupError, match="cannot run code for"):
            Emulator(image)
    assert Emulator(dataclasses.replace(m4, cpu=""), cpu="cortex-m4").call("mix", 3).result == mix(3)


def test_huge_segments_are_refused_without_memory(m4: Image) -> None:
    with pytest.raises(UsageError, match="more than 64 MiB"):
        Emulator(dataclasses.replace(m4, segments=(Segment(0, 0, 1 << 31, b""),)))
    with pytest.raises(UsageError, match="beyond 4 GiB"):
        Emulator(dataclasses.replace(m4, segments=(Segment((1 << 32) - 2, 0, 4, b"1234"),)))


def test_without_unicorn_the_error_says_what_to_install() -> None:
    code = """
import sys
sys.modules["unicorn"] = None
from platformio_tinyml.errors import SetupError
try:
    import platformio_tinyml.emulate
except SetupError as error:
    sys.exit(0 if "unicorn" in error.message and "pip install" in error.next_step else 1)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
