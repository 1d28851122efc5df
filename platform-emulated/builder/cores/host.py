"""The machine that builds. As on PlatformIO's `native`, the linked program is the image."""

Import("env")

env.Replace(
    AR="gcc-ar",
    AS="as",
    CC="gcc",
    CXX="g++",
    GDB="gdb",
    OBJCOPY="objcopy",
    RANLIB="gcc-ranlib",
    SIZETOOL="size",
    APT_PACKAGES="gcc g++",
    EMULATOR_PACKAGE="",
    EMULATOR_COMMAND=[],
    IMAGE_SUFFIX=None,
    CORE_SOURCES=None,
)
