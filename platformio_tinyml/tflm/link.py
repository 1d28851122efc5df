"""How the probe is linked. Standard library only, Python 3.9: the glue inside PlatformIO's process asks it too.

The probe is the generated `<name>_model.cc` and `<name>_tflite.c`, PROBE_SOURCE and the project's TFLM archives,
compiled as for the firmware. It has no entry point, no startup code and no vector table: the emulator calls functions
by name. It takes its arena from the emulator, so `<name>_arena.c`, which it is there to make, is not part of it.
"""

from pathlib import Path

from ..manifest import SHARED_ARENA

PROBE_SOURCE = Path(__file__).with_name("probe.c")
"""C99, to be compiled with the target's machine flags."""

STRUCT_SIZES_FLAGS = ("-std=c++17", "-fno-lto", "-w", "-fno-access-control")
"""With those of the library, for struct_sizes.cc; the last one shows it private members."""

LINKER_SCRIPT = Path(__file__).with_name("probe.ld")
"""For Cortex-M and RISC-V alike."""


def keep_flags(name: str) -> tuple[str, ...]:
    """Flags that link what the emulator calls and reads of the model `name`, whether the program uses it or not."""
    kept = ("init_from", "init", "invoke", "input", "output", "tflite_len")
    return tuple(f"-Wl,-u,{name}_{suffix}" for suffix in kept)


def link_flags(name: str) -> tuple[str, ...]:
    """Flags for the target's g++ after its machine flags (-mcpu=...) and before objects and archives.

    `name` is the model's. Archives go into `-Wl,--start-group ... -Wl,--end-group`; the compiler adds its libraries.
    """
    return (
        "-nostartfiles",
        "-static",
        "-T",
        str(LINKER_SCRIPT),
        "-Wl,--gc-sections",
        f"-Wl,-e,{name}_init_from",
        *keep_flags(name),
        "-Wl,-u,tinyml_probe_construct",
        "-Wl,-u,tinyml_probe_constructors",
        "-Wl,-u,tinyml_probe_log",
        "-Wl,--wrap=DebugLog",
        f"-Wl,--defsym={name}_arena=0",
        f"-Wl,--defsym={name}_arena_size=0",
        f"-Wl,--defsym={name}_persistent=0",
        f"-Wl,--defsym={name}_persistent_size=0",
        f"-Wl,--defsym={SHARED_ARENA}=0",
    )
