"""Cortex-M with newlib-nano, in QEMU."""

Import("env")

board = env.BoardConfig()
machine = [f"-mcpu={board.get('build.cpu')}", "-mthumb"]
if "build.fpu" in board:
    machine += ["-mfloat-abi=hard", f"-mfpu={board.get('build.fpu')}"]

memory = {
    "__flash_start": board.get("build.flash_start"),
    "__flash_size": board.get("upload.maximum_size"),
    "__ram_start": board.get("build.ram_start"),
    "__ram_size": board.get("upload.maximum_ram_size"),
    "__stack_size": board.get("build.stack_size", 1024),
}

env.Replace(
    AR="arm-none-eabi-gcc-ar",
    AS="arm-none-eabi-as",
    CC="arm-none-eabi-gcc",
    CXX="arm-none-eabi-g++",
    GDB="gdb-multiarch",
    OBJCOPY="arm-none-eabi-objcopy",
    RANLIB="arm-none-eabi-gcc-ranlib",
    SIZETOOL="arm-none-eabi-size",
    APT_PACKAGES="gcc-arm-none-eabi libnewlib-arm-none-eabi libstdc++-arm-none-eabi-newlib",
    EMULATOR_PACKAGE="qemu-system-arm",
    EMULATOR_COMMAND=[
        "qemu-system-arm",
        *("-machine", board.get("emulator.machine")),
        *("-display", "none", "-monitor", "none", "-serial", "none"),
        *("-semihosting-config", "enable=on,target=native"),
        "-kernel",
    ],
    IMAGE_FORMAT="binary",
    IMAGE_SUFFIX=".bin",
    CORE_SOURCES="cortex-m",
)
env.Append(
    ASFLAGS=machine,
    CCFLAGS=machine,
    CXXFLAGS=["-fno-rtti", "-fno-exceptions"],
    LINKFLAGS=[
        *machine,
        "--specs=nano.specs",
        "-nostartfiles",
        *(f"-Wl,--defsym={name}={value}" for name, value in memory.items()),
    ],
    LIBS=["c", "gcc", "stdc++"],
)
if not env.get("LDSCRIPT_PATH"):
    env.Replace(LDSCRIPT_PATH="cortex-m.ld")  # in ldscripts/, which PlatformIO puts on the linker's path
