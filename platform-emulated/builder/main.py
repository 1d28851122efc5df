"""Build script of the platform: what every board shares. The flags of a family of chips are in cores/."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from SCons.Script import COMMAND_LINE_TARGETS, AlwaysBuild, Default, DefaultEnvironment

env = DefaultEnvironment()
board = env.BoardConfig()
platform_dir = Path(env.PioPlatform().get_dir()).resolve()

env.Append(
    ASPPFLAGS=["-x", "assembler-with-cpp"],
    CCFLAGS=["-Os", "-Wall", "-ffunction-sections", "-fdata-sections"],
    CPPDEFINES=[("F_CPU", "$BOARD_F_CPU")],
    # -Xlinker and not -Wl: a comma in the path would cut the option. Every program of the build has a map of its own.
    LINKFLAGS=["-Os", "-Wl,--gc-sections", "-Xlinker", "-Map=${TARGET.base}.map"],
    LIBS=["m"],
)
env.Replace(
    ARFLAGS=["rc"],
    SIZEPROGREGEXP=r"^(?:\.text|\.data|\.rodata|\.ARM\.exidx)\s+(\d+).*",
    SIZEDATAREGEXP=r"^(?:\.data|\.bss|\.noinit|\.stack)\s+(\d+).*",
    SIZECHECKCMD="$SIZETOOL -A -d $SOURCES",
    SIZEPRINTCMD="$SIZETOOL -B -d $SOURCES",
)

# Sets the tools and flags of the family, and: APT_PACKAGES (toolchain), EMULATOR_COMMAND (a list that ends before the
# ELF), EMULATOR_PACKAGE, IMAGE_FORMAT and IMAGE_SUFFIX (None where the linked program is the image), CORE_SOURCES.
env.SConscript(
    str(platform_dir / "builder" / "cores" / f"{board.get('build.core')}.py"), exports=["env", "platform_dir"]
)

nobuild = "nobuild" in COMMAND_LINE_TARGETS
if not nobuild and not shutil.which(env.subst("$CC"), path=env["ENV"]["PATH"]):
    sys.stderr.write(env.subst("Error: $CC is not on PATH. Run: sudo apt-get install $APT_PACKAGES\n"))
    env.Exit(1)

#
# Program and image
#

suffix = env["IMAGE_SUFFIX"]
if suffix:
    # A pre: script may have named it.
    if env.get("PROGNAME", "program") == "program":
        env.Replace(PROGNAME="firmware")
    env.Replace(PROGSUFFIX=".elf")

if nobuild:
    program = "$PROGPATH"
    image = "$BUILD_DIR/${PROGNAME}" + suffix if suffix else program
else:
    if env["CORE_SOURCES"]:
        # Objects and not an archive: g++ moves -lc behind all archives, which then would not be searched again.
        env.BuildSources("$BUILD_DIR/core", str(platform_dir / "cores" / env["CORE_SOURCES"]))
    program = env.BuildProgram()
    ldscript = env.FindFile("$LDSCRIPT_PATH", ["$PROJECT_DIR", str(platform_dir / "ldscripts")])
    if ldscript:
        env.Depends(program, ldscript)
    image = program
    if suffix:
        image = env.Command(
            "$BUILD_DIR/${PROGNAME}" + suffix,
            program,
            env.VerboseAction("$OBJCOPY -O $IMAGE_FORMAT $SOURCE $TARGET", "Building $TARGET"),
        )
        env.Depends(image, "checkprogsize")

AlwaysBuild(env.Alias("nobuild", image))
targets = [image]
if suffix:
    targets = [env.Alias("buildprog", image, image)]

#
# Target: size
#

targets.append(
    env.AddPlatformTarget(
        "size",
        program,
        env.VerboseAction("$SIZEPRINTCMD", "Calculating size $SOURCE"),
        "Program Size",
        "Calculate program size",
    )
)

#
# Target: upload
#


def refuse_upload(target, source, env):
    sys.stderr.write(
        "Error: an emulated board has no programmer. Run it with `-t exec`, "
        "or set `upload_protocol = custom` and `upload_command`.\n"
    )
    return 1


custom = env.subst("$UPLOAD_PROTOCOL") == "custom"
upload = env.VerboseAction("$UPLOADCMD" if custom else refuse_upload, "Uploading $SOURCE")
env.AddPlatformTarget("upload", image, [upload], "Upload")

#
# Target: exec. It runs a script, `program` in the build folder, which `pio test` finds there as it does on native.
#

emulate = [
    env.subst("$PYTHONEXE"),
    str(platform_dir / "emulate.py"),
    *("--timeout", str(board.get("emulator.timeout", 60))),
    *("--package", env["EMULATOR_PACKAGE"]),
    "--",
    *(env.subst(argument) for argument in env["EMULATOR_COMMAND"]),
    env.subst("$PROGPATH"),
]


def write_launcher(target, source, env):
    path = Path(str(target[0]))
    path.write_text(f"#!/bin/sh\nexec {source[0].read()}\n")
    path.chmod(0o755)


def run_emulator(target, source, env):
    program_args = env.get("PROGRAM_ARGS", [])
    if program_args and suffix:
        sys.stderr.write("Error: main() on a board takes no program arguments\n")
        return 1
    output = sys.stderr if os.environ.get("EMULATED_SILENT") else None
    return subprocess.run([*emulate, *program_args], stdout=output, check=False).returncode


if suffix and not nobuild:
    launcher = env.Command(
        "$BUILD_DIR/program", env.Value(shlex.join(emulate)), env.VerboseAction(write_launcher, "Generating $TARGET")
    )
    env.NoCache(launcher)
    env.Requires(image, launcher)  # no target: SCons would say in the middle of others' lines that it is up to date

env.AddPlatformTarget(
    "exec",
    image,
    env.VerboseAction(run_emulator, "Running $SOURCE"),
    "Run",
    "Run the firmware in its emulator",
)

Default(targets)
