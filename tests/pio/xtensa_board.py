"""A board with an LX106, for which Debian has a compiler and the emulator no core."""

import shutil
from pathlib import Path

LX106_BOARD = """\
{"name": "an lx106", "vendor": "any", "url": "", "build": {"core": "lx106", "f_cpu": "80000000L", "mcu": "lx106"},
 "upload": {"maximum_size": 1048576, "maximum_ram_size": 65536, "protocols": ["custom"]}}
"""
LX106_CORE = """\
Import("env")
specs = "--specs=/usr/lib/xtensa-lx106-elf/picolibc.specs"  # Debian's compiler does not find it by its name
env.Replace(
    AR="xtensa-lx106-elf-ar",
    CC="xtensa-lx106-elf-gcc",
    CXX="xtensa-lx106-elf-g++",
    LINK="$CC",
    OBJCOPY="xtensa-lx106-elf-objcopy",
    RANLIB="xtensa-lx106-elf-ranlib",
    SIZETOOL="xtensa-lx106-elf-size",
    APT_PACKAGES="",
    EMULATOR_PACKAGE="",
    EMULATOR_COMMAND=[],
    IMAGE_FORMAT="binary",
    IMAGE_SUFFIX=".bin",
    CORE_SOURCES=None,
)
env.Append(
    CCFLAGS=[specs, "-mlongcalls"],
    # Division and the like are in the chip's ROM, and not in the compiler's library.
    LINKFLAGS=[specs, "-nostartfiles", "-Wl,--entry=main", "-Wl,--unresolved-symbols=ignore-all"],
)
env.Replace(LDSCRIPT_PATH="lx106.ld")
"""
LX106_SCRIPT = """\
MEMORY { flash (rx) : ORIGIN = 0x1000, LENGTH = 1M  ram (rw) : ORIGIN = 0x3ffe8000, LENGTH = 64K }
SECTIONS {
  .text : { *(.literal .literal.*) *(.text .text.*) *(.rodata .rodata.*) } > flash
  .init_array : { *(.init_array*) } > flash
  .data : { *(.data .data.*) } > ram AT > flash
  .tbss : { *(.tbss .tbss.*) } > ram
  .bss : { *(.bss .bss.* COMMON) } > ram
}
"""


def write_platform(folder: Path, repo: Path) -> str:
    """What to write after `platform =`: the emulated platform, in `folder`, with the board `lx106`."""
    shutil.copytree(repo / "platform-emulated", folder)
    for name in ("platform.json", "platform.py"):
        text = (folder / name).read_text()
        (folder / name).write_text(text.replace('"emulated"', '"xtensa"').replace("EmulatedPlatform", "XtensaPlatform"))
    (folder / "boards" / "lx106.json").write_text(LX106_BOARD)
    (folder / "builder" / "cores" / "lx106.py").write_text(LX106_CORE)
    (folder / "ldscripts" / "lx106.ld").write_text(LX106_SCRIPT)
    return f"symlink://{folder}"
