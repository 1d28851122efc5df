"""Owners by the linker map: the rules on paths, and real links with a map that is right, of another link, or broken."""

from __future__ import annotations

import subprocess
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from linked import ARM, AVR, HOST, KWS, KWS_C, SECTIONS, STM32_LD, link, link_stm32, tool

from platformio_tinyml.errors import SetupError
from platformio_tinyml.firmware.attribution import file_owner, owner_of
from platformio_tinyml.firmware.chips import Region
from platformio_tinyml.firmware.elf import read_image
from platformio_tinyml.firmware.footprint import Footprint
from platformio_tinyml.firmware.gaps import PADDING
from platformio_tinyml.firmware.image import Image, InputSection, Section, Symbol
from platformio_tinyml.firmware.linked import measure_linked
from platformio_tinyml.firmware.linker_map import read_link
from platformio_tinyml.firmware.measure import measure
from platformio_tinyml.firmware.memory import MemoryMap
from platformio_tinyml.judgement.owners import owners_of

OWNERS = owners_of([KWS])
GCC = "/usr/lib/gcc/arm-none-eabi/12.2.1"
SDK = "/home/me/.platformio/packages/framework-arduinoespressif32/tools/sdk/esp32/lib"


@pytest.mark.parametrize(
    ("file", "owner"),
    [
        (".pio/build/uno/tinyml/kws/kws_weights.o", "weights:kws"),
        (".pio/build/uno/tinyml/kws/kws_model.o", "tinyml"),
        ("CMakeFiles/app.dir/generated/kws_model.c.obj", "tinyml"),
        (".pio/build/uno/tinyml/tinyml_kernels.o", "tinyml"),
        ("libtinyml.a(tinyml_conv_2d_s8.c.obj)", "tinyml"),
        (".pio/build/x/lib3a1/libtflite-micro.a(conv.cc.o)", "tflm:conv"),
        (".pio/build/x/lib3a1/libtflite-micro.a(conv_common.o)", "tflm:conv"),
        (".pio/build/x/lib3a1/libtflite-micro.a(transpose_conv.cc.o)", "tflm:transpose_conv"),
        (".pio/build/x/lib3a1/libtflite-micro.a(micro_interpreter.cc.o)", "tflm"),
        (".pio/build/x/lib3a1/libtflite-micro.a(conv_state.cc.o)", "tflm"),
        (".pio/build/x/lib3a1/libtflite-micro.a(arm_convolve_s8.c.o)", "cmsis-nn"),
        (".pio/build/x/lib3a1/libArduino_TensorFlowLite.a(softmax.cpp.o)", "tflm:softmax"),
        (".pio/build/x/lib1/tflm/tensorflow/lite/micro/kernels/cmsis_nn/add.cc.o", "tflm:add"),
        (".pio/build/x/lib1/tflm/tensorflow/lite/kernels/kernel_util.cc.o", "tflm"),
        (".pio\\build\\x\\lib1\\tflm\\tensorflow\\lite\\micro\\kernels\\add.cc.o", "tflm:add"),
        (f"{SDK}/libesp-nn.a(esp_nn_conv_ansi.c.obj)", "esp-nn"),
        (f"{SDK}/libespressif__esp-tflite-micro.a(conv.cc.obj)", "tflm:conv"),
        (f"{SDK}/libfreertos.a(tasks.c.obj)", "framework"),
        ("esp-idf/freertos/libfreertos.a(tasks.c.obj)", "framework"),
        (".pio/build/x/FrameworkCMSIS/gcc/startup_stm32f446xx.o", "framework"),
        (".pio/build/x/libFrameworkArduino.a(main.cpp.o)", "framework"),
        (".pio/build/x/SrcWrapper/src/stm32/clock.c.o", "framework"),
        (".pio/build/x/USBDevice/src/cdc/usbd_cdc.c.o", "framework"),
        (".pio/build/uno/core/startup.o", "framework"),
        (f"{GCC}/thumb/v7e-m+fp/hard/libgcc.a(_udivmoddi4.o)", "libc"),
        (f"{GCC}/../../../arm-none-eabi/lib/libc_nano.a(lib_a-memcpy.o)", "libc"),
        (f"{GCC}/../../../arm-none-eabi/lib/libstdc++_nano.a(del_op.o)", "libc"),
        (f"{GCC}/thumb/crtbegin.o", "libc"),
        ("/usr/lib/avr/lib/avr5/crtatmega328p.o", "libc"),
        ("/usr/lib/avr/lib/avr5/libatmega328p.a(eerd.o)", "libc"),
        ("/usr/lib/x86_64-linux-gnu/Scrt1.o", "libc"),
        ("linker stubs", "libc"),
        (".pio/build/uno/src/main.cpp.o", None),
        (".pio/build/uno/src/framework/gcrt.c.o", None),
        (".pio/build/uno/lib1/libcamera.a(camera.o)", None),
        (".pio/build/uno/lib1/libmotor.a(conv.o)", None),
        ("/tmp/ccHello.ltrans0.ltrans.o", None),
        ("", None),
    ],
)
def test_rules_on_paths(file: str, owner: str | None) -> None:
    assert file_owner(file, OWNERS) == owner


@pytest.mark.parametrize(
    ("symbol", "file", "owner"),
    [
        ("kws_arena", ".pio/build/x/FrameworkArduino/main.o", "arena:kws"),
        ("memcpy", "libc.a(memcpy.o)", "libc"),
        ("_ZN6tflite16MicroInterpreter6InvokeEv", "/tmp/x.ltrans0.ltrans.o", "tflm"),
        ("_ZNK6tflite5ModelEv", "src/main.o", "tflm"),
        ("_ZTVN6tflite5ModelE", "", "tflm"),
        ("_ZN7tflitex5ModelE", "", "application"),
        ("arm_convolve_s8", "", "cmsis-nn"),
        ("arm_gripper_open", "", "application"),
        ("esp_nn_conv_s8_ansi", "", "esp-nn"),
        ("setup", "src/main.o", "application"),
    ],
)
def test_symbols_refine_what_no_path_tells(symbol: str, file: str, owner: str) -> None:
    assert owner_of(symbol, file, OWNERS) == owner


def owners(footprint: Footprint) -> dict[str, tuple[int, int]]:
    return {row.owner: (row.flash, row.ram) for row in footprint.owners()}


def require_sums(footprint: Footprint) -> None:
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for entry in footprint.entries:
        assert entry.flash >= 0 and entry.ram >= 0 and entry.flash + entry.ram > 0
        sums[entry.section][0] += entry.flash
        sums[entry.section][1] += entry.ram
    for section in footprint.sections:
        assert sums[section.name] == [section.flash, section.ram], section.name


TFLM_C = """
extern const char *chosen; extern volatile int pick;
int %s(int x) { chosen = "%s went wrong"; return x + (int)(1000000000000ULL / (unsigned)pick); }
"""


def link_with_libraries(folder: Path, *flags: str) -> Path:
    """A firmware of generated code, an archive of TFLM's file names, start-up code and libgcc."""
    folder.mkdir()
    for name in ("conv", "micro_context"):
        (folder / f"{name}.cc.c").write_text(TFLM_C % (name, name))
        command = [tool(ARM[0]), *ARM[1:], *SECTIONS, "-c", f"{name}.cc.c", "-o", f"{name}.cc.o"]
        subprocess.run(command, cwd=folder, check=True)
    subprocess.run(
        [tool("arm-none-eabi-ar"), "rcs", "libtflite-micro.a", "conv.cc.o", "micro_context.cc.o"],
        cwd=folder,
        check=True,
    )
    (folder / "core").mkdir()
    (folder / "core" / "startup.s").write_text('.section .isr_vector,"a"\n.word 0x20002000, Reset\n')
    subprocess.run([tool("arm-none-eabi-as"), "core/startup.s", "-o", "core/startup.o"], cwd=folder, check=True)
    main = """
    const char *chosen; volatile int pick; const char *const names[] = {"first literal", "second"};
    int conv(int); int micro_context(int); int kws_invoke(void);
    int main(void) { chosen = names[pick]; return conv(1) + micro_context(2) + kws_invoke(); }
    void Reset(void) { main(); for (;;) ; }
    """
    sources = {"kws_model.c": f"#define ARENA 4096\n{KWS_C}", "main.c": main}
    script = STM32_LD.replace("FLASH_SIZE", "128K").replace("RAM_SIZE", "8K")
    libraries = ("core/startup.o", "libtflite-micro.a", "-lgcc")
    link(folder, ARM, {**sources, "chip.ld": script}, "-T", "chip.ld", *SECTIONS, *libraries, *flags)
    return folder


def test_every_byte_of_flash_has_an_owner(tmp_path: Path) -> None:
    folder = link_with_libraries(tmp_path / "a")
    footprint = measure_linked(folder / "firmware.elf", "stm32f100rbt6", OWNERS, folder / "firmware.map")
    require_sums(footprint)
    found = owners(footprint)
    assert not footprint.notes
    assert found["framework"] == (8, 0)  # the vector table, which has no symbol
    assert found["tflm:conv"][0] > len("conv went wrong")
    assert found["tflm"][0] > len("micro_context went wrong")
    assert found["libc"][0] > 50  # division, of libgcc
    assert found["arena:kws"] == (0, 4096)
    assert found["stack+heap"] == (0, 1536)
    between = sum(entry.flash for entry in footprint.entries if entry.section == PADDING)
    assert found.get("unattributed", (0, 0))[0] == between < 8
    by_symbols = measure_linked(folder / "firmware.elf", "stm32f100rbt6", OWNERS)
    assert (by_symbols.flash, by_symbols.ram) == (footprint.flash, footprint.ram)
    assert owners(by_symbols)["unattributed"][0] > 8
    for owner in ("arena:kws", "weights:kws"):
        assert owners(by_symbols)[owner] == found[owner]


@pytest.mark.parametrize("flags", [(), ("-g3",), ("-flto",), ("-fno-data-sections", "-fno-function-sections")])
def test_padding_and_strings_on_a_cortex_m(tmp_path: Path, flags: tuple[str, ...]) -> None:
    extra = 'const char odd[3] = {1}; __attribute__((aligned(64))) char far[3]; const char *text(void) { return "?"; }'
    keep = ("-Wl,-u,odd", "-Wl,-u,far", "-Wl,-u,text")
    link_stm32(tmp_path, *flags, *keep, extra=extra)
    footprint = measure_linked(tmp_path / "firmware.elf", "stm32f100rbt6", OWNERS, tmp_path / "firmware.map")
    require_sums(footprint)
    assert not footprint.notes
    assert owners(footprint).get("unattributed", (0, 0))[0] == 0


@pytest.mark.parametrize(("compiler", "libc"), [(AVR, 100), (HOST, 100)])
def test_libraries_of_other_machines(tmp_path: Path, compiler: tuple[str, ...], libc: int) -> None:
    threads = "__thread int own = 3;" if compiler is HOST else "int own = 3;"
    source = f'#include <stdio.h>\n{threads}\nint main(void) {{ return printf("%d", own); }}'
    link(tmp_path, compiler, {"main.c": source})
    footprint = measure_linked(tmp_path / "firmware.elf", "", {}, tmp_path / "firmware.map")
    require_sums(footprint)
    found = owners(footprint)
    assert not footprint.notes
    assert found["libc"][0] > libc and found["application"][0] > 0
    assert found.get("unattributed", (0, 0))[0] <= footprint.flash * 0.02


def test_a_map_of_another_link_is_not_used(tmp_path: Path) -> None:
    link_stm32(tmp_path / "a")
    link_stm32(tmp_path / "b", arena=4112)  # another .bss
    swapped = {"a.c": "int one(void) { return 1; } int two(void) { return 2; }"}
    for name, order in (("c", "*(.text.two) *(.text.one)"), ("d", "*(.text.one) *(.text.two)")):
        script = f"SECTIONS {{ .text 0x8000000 : {{ {order} }} }} ENTRY(one)"
        link(tmp_path / name, ARM, {**swapped, "x.ld": script}, "-T", "x.ld", *SECTIONS)
    for elf, other in (("a", "b"), ("c", "d")):  # c and d differ in nothing but where their functions lie
        path = tmp_path / elf / "firmware.elf"
        with pytest.raises(SetupError, match="another link"):
            read_link(tmp_path / other / "firmware.map", read_image(path))
        footprint = measure_linked(path, "", OWNERS, tmp_path / other / "firmware.map")
        assert footprint.notes[-1] == "owners go by symbols alone: firmware.map is the map of another link"
        assert footprint.entries == measure_linked(path, "", OWNERS).entries
        assert read_link(tmp_path / elf / "firmware.map", read_image(path))


@pytest.mark.parametrize("text", ["", "# Path: a.out\n# Object files:\n", "\0" * 100, None])
def test_what_is_no_map_is_told_and_not_used(tmp_path: Path, text: str | None) -> None:
    link_stm32(tmp_path)
    path = tmp_path / "other.map"
    if text is not None:
        path.write_text(text)
    footprint = measure_linked(tmp_path / "firmware.elf", "", OWNERS, path)
    assert "owners go by symbols alone" in footprint.notes[-1]
    assert footprint.entries == measure_linked(tmp_path / "firmware.elf", "", OWNERS).entries


@given(st.data())
def test_a_damaged_map_moves_no_byte(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.getbasetemp() / "damaged"
    if not folder.exists():
        link_stm32(folder)
    text = (folder / "firmware.map").read_text()
    at = data.draw(st.integers(text.index("\nLinker script"), len(text)))
    end = min(len(text), at + data.draw(st.integers(0, 400)))
    (folder / "damaged.map").write_text(text[:at] + data.draw(st.text("0x1f .\n(", max_size=8)) + text[end:])
    footprint = measure_linked(folder / "firmware.elf", "stm32f100rbt6", OWNERS, folder / "damaged.map")
    require_sums(footprint)
    assert owners(footprint)["arena:kws"] == (0, 4096)


inputs = st.lists(
    st.builds(
        InputSection,
        section=st.sampled_from([".s1", ".s2", ".s3"]),
        name=st.just(".text"),
        start=st.integers(0x0FF0, 0x1120),
        size=st.integers(0, 300) | st.just(2**40),
        file=st.sampled_from(["libc.a(x.o)", "main.o", "core/startup.o", "kws_weights.o"]),
    ),
    max_size=8,
)
symbols = st.lists(
    st.builds(
        Symbol,
        name=st.sampled_from(["a", "kws_arena", "tinyml_x"]),
        address=st.integers(0x0FF0, 0x1120),
        size=st.integers(0, 300),
        kind=st.just("object"),
        binding=st.just("global"),
        section=st.integers(1, 2),
    ),
    max_size=8,
)


@given(inputs, symbols, st.integers(0, 200), st.integers(1, 200), st.sampled_from([1, 4, 64]))
def test_entries_sum_whatever_the_map_says(
    files: list[InputSection], names: list[Symbol], first: int, second: int, alignment: int
) -> None:
    sections = tuple(
        Section(index, f".s{index}", address, address, size, alignment, True, True, False, nobits)
        for index, address, size, nobits in ((1, 0x1000, first, False), (2, 0x1100, second, True))
    )
    regions = (Region("F", "flash", 0x1000, 0x80), Region("R", "ram", 0x1080, 0x1000))
    image = Image("arm", 32, "", 0, sections, (), tuple(names))
    require_sums(measure(image, MemoryMap(regions, (), False, ""), OWNERS, files))
