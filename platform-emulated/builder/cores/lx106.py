"""Xtensa LX106, the core of the ESP8266, with picolibc, in QEMU's `sim` machine."""

Import("env")

board = env.BoardConfig()
specs = "--specs=/usr/lib/xtensa-lx106-elf/picolibc.specs"  # Debian's compiler does not find it by its name

memory = {
    "__flash_start": board.get("build.flash_start"),
    "__flash_size": board.get("upload.maximum_size"),
    "__ram_start": board.get("build.ram_start"),
    "__ram_size": board.get("upload.maximum_ram_size"),
    "__stack_size": board.get("build.stack_size", 1024),
}

env.Replace(
    AR="xtensa-lx106-elf-gcc-ar",
    AS="xtensa-lx106-elf-as",
    CC="xtensa-lx106-elf-gcc",
    CXX="xtensa-lx106-elf-g++",
    LINK="$CC",  # g++ would look for libstdc++, which Debian does not have for this target
    OBJCOPY="xtensa-lx106-elf-objcopy",
    RANLIB="xtensa-lx106-elf-gcc-ranlib",
    SIZETOOL="xtensa-lx106-elf-size",
    APT_PACKAGES="gcc-xtensa-lx106 picolibc-xtensa-lx106-elf",
    EMULATOR_PACKAGE="qemu-system-misc",
    EMULATOR_COMMAND=[
        "qemu-system-xtensa",
        *("-machine", board.get("emulator.machine")),
        *("-cpu", "lx106"),
        *("-display", "none", "-monitor", "none", "-serial", "none"),
        "-semihosting",
        "-kernel",
    ],
    IMAGE_FORMAT="binary",
    IMAGE_SUFFIX=".bin",
    CORE_SOURCES="lx106",
)
env.Append(
    CCFLAGS=[specs, "-mlongcalls"],
    CXXFLAGS=["-fno-rtti", "-fno-exceptions", "-fno-threadsafe-statics"],
    LINKFLAGS=[specs, "-nostartfiles", *(f"-Wl,--defsym={name}={value}" for name, value in memory.items())],
)
if not env.get("LDSCRIPT_PATH"):
    env.Replace(LDSCRIPT_PATH="lx106.ld")
