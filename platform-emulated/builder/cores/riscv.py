"""32-bit RISC-V with picolibc, its start-up code and its linker script, in QEMU."""

Import("env")

board = env.BoardConfig()
machine = [f"-march={board.get('build.march')}", f"-mabi={board.get('build.mabi')}", "--specs=picolibc.specs"]

# Regions `flash` and `ram` of picolibc's script.
memory = {
    "__flash": board.get("build.flash_start"),
    "__flash_size": board.get("upload.maximum_size"),
    "__ram": board.get("build.ram_start"),
    "__ram_size": board.get("upload.maximum_ram_size"),
    "__stack_size": board.get("build.stack_size", 1024),
}

env.Replace(
    AR="riscv64-unknown-elf-gcc-ar",
    AS="riscv64-unknown-elf-as",
    CC="riscv64-unknown-elf-gcc",
    CXX="riscv64-unknown-elf-g++",
    GDB="gdb-multiarch",
    LINK="$CC",  # g++ would look for libstdc++, which Debian does not have for this target
    OBJCOPY="riscv64-unknown-elf-objcopy",
    RANLIB="riscv64-unknown-elf-gcc-ranlib",
    SIZETOOL="riscv64-unknown-elf-size",
    SIZEPROGREGEXP=r"^(?:\.init|\.text|\.data|\.tdata)\s+(\d+).*",
    SIZEDATAREGEXP=r"^(?:\.data|\.tdata|\.tbss_space|\.bss|\.noinit|\.stack)\s+(\d+).*",
    APT_PACKAGES="gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf",
    EMULATOR_PACKAGE="qemu-system-misc",
    EMULATOR_COMMAND=[
        "qemu-system-riscv32",
        *("-machine", board.get("emulator.machine")),
        *("-display", "none", "-monitor", "none", "-serial", "none"),
        *("-semihosting-config", "enable=on,target=native"),
        "-kernel",
    ],
    IMAGE_FORMAT="binary",
    IMAGE_SUFFIX=".bin",
    CORE_SOURCES="riscv",
)
env.Append(
    ASFLAGS=machine[:2],
    CCFLAGS=machine,
    CXXFLAGS=["-fno-rtti", "-fno-exceptions", "-fno-threadsafe-statics"],
    LINKFLAGS=[
        *machine,
        "--crt0=hosted",  # the form that calls exit() after main()
        *(f"-Wl,--defsym={name}={value}" for name, value in memory.items()),
    ],
)
if not env.get("LDSCRIPT_PATH"):
    env.Replace(LDSCRIPT_PATH="picolibc.ld")  # named, so that it is read after the symbols above
