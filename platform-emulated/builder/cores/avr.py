"""AVR with avr-libc, in simavr."""

Import("env", "platform_dir")

board = env.BoardConfig()
machine = ["-mmcu=$BOARD_MCU"]

env.Replace(
    AR="avr-gcc-ar",
    AS="avr-as",
    CC="avr-gcc",
    CXX="avr-g++",
    GDB="avr-gdb",
    OBJCOPY="avr-objcopy",
    RANLIB="avr-gcc-ranlib",
    SIZETOOL="avr-size",
    APT_PACKAGES="gcc-avr avr-libc",
    EMULATOR_PACKAGE="simavr",
    EMULATOR_COMMAND=["$PYTHONEXE", str(platform_dir / "simavr.py"), "$BOARD_MCU", "$BOARD_F_CPU"],
    IMAGE_FORMAT="ihex",
    IMAGE_SUFFIX=".hex",
    CORE_SOURCES="avr",
)
env.Append(
    ASFLAGS=machine,
    CFLAGS=["-std=gnu11"],
    CCFLAGS=machine,
    CXXFLAGS=["-std=gnu++11", "-fno-exceptions", "-fno-threadsafe-statics"],
    LINKFLAGS=[
        *machine,
        # The regions `text` and `data` of avr-libc's own script, which knows only the family's largest chip.
        f"-Wl,--defsym=__TEXT_REGION_LENGTH__={board.get('upload.maximum_size')}",
        f"-Wl,--defsym=__DATA_REGION_LENGTH__={board.get('upload.maximum_ram_size')}",
    ],
)
