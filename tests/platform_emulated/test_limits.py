"""What does not fit is refused by the linker, with the region's name; no image is left."""

import re

import pytest

MAIN = """
#ifdef __AVR__
#define IN_FLASH __attribute__((used, section(".progmem.data")))
#else
#define IN_FLASH __attribute__((used))
#endif
char ram[RAM];
const char flash[FLASH] IN_FLASH = {1};
int main(void) {
    volatile int i = 0;
    ram[i] = 1;
    return ram[i] + flash[i];
}
"""

BOARDS = {  # flash, RAM, names of the two regions
    "netduinoplus2": (1048576, 131072, "FLASH", "RAM"),
    "stm32vldiscovery": (131072, 8192, "FLASH", "RAM"),
    "microbit": (262144, 16384, "FLASH", "RAM"),
    "hifive1-revb": (4128768, 16384, "flash", "ram"),
    "mps2_an505": (4194304, 4194304, "FLASH", "RAM"),
    "mps3_an547": (524288, 524288, "FLASH", "RAM"),
    "lx106": (1048576, 81920, "flash", "ram"),
    "uno": (32256, 2048, "text", "data"),
}


@pytest.mark.slow
@pytest.mark.parametrize("board", BOARDS)
def test_overflow(tmp_path, make_project, pio, board):
    flash, ram, flash_region, ram_region = BOARDS[board]
    make_project(tmp_path, (), "", {"src/main.c": MAIN})
    sizes = {"fits": (1000, 100), "flash": (flash, 100), "ram": (1000, ram + 8)}
    with (tmp_path / "platformio.ini").open("a") as file:
        for name, (in_flash, in_ram) in sizes.items():
            file.write(f"[env:{name}]\nboard = {board}\nbuild_flags = -DFLASH={in_flash} -DRAM={in_ram}\n")
    result = pio(tmp_path, "run")
    assert result.returncode == 1
    assert set(re.findall(r"region `(\w+)'", result.stderr)) == {flash_region, ram_region}
    if board != "uno":  # Debian's avr-ld names the region and no number of bytes
        overflows = dict(re.findall(r"region `(\w+)' overflowed by (\d+) bytes", result.stderr))
        # The arrays fill or exceed their regions, so the linker's number is what else the firmware holds.
        assert 0 < int(overflows[flash_region]) < 4096
        assert 8 + 1024 <= int(overflows[ram_region]) < 2048  # 1,024: the reserve for the stack
    images = [
        path.relative_to(tmp_path / ".pio/build").parts[0] for path in tmp_path.glob(".pio/build/*/firmware.[bh]*")
    ]
    assert images == ["fits"]
    assert (tmp_path / ".pio/build/ram/firmware.map").is_file()


@pytest.mark.slow
def test_a_limit_of_the_project_is_the_linkers(tmp_path, make_project, pio):
    flags = "board_upload.maximum_ram_size = 2048\nbuild_flags = -DFLASH=10 -DRAM=4096"
    make_project(tmp_path, ("netduinoplus2",), flags, {"src/main.c": MAIN})
    result = pio(tmp_path, "run")
    assert result.returncode == 1
    assert "region `RAM' overflowed" in result.stderr
