"""The firmware itself as what is measured: linked with token arenas, run in the emulator, then linked as it ships.

For what the probe does not have: kernels that the project overrides, custom operators of the application. An arena of
16 bytes cannot overflow a memory, and the emulator gives init another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ..files import write_text
from ..tflm.link import keep_flags
from .builder import always_as_kept
from .say import build_action

_ARENA = """\
/* Stands in for the arena of {name} in the firmware that is measured. */
#include <stdint.h>

extern const uint32_t {name}_arena_size;
extern uint8_t {name}_arena[];
uint8_t {name}_arena[16];
const uint32_t {name}_arena_size = sizeof {name}_arena;
"""
_PERSISTENT = """\

extern const uint32_t {name}_persistent_size;
extern uint8_t {name}_persistent[];
uint8_t {name}_persistent[16];
const uint32_t {name}_persistent_size = sizeof {name}_persistent;
"""


def elf_node(env: Any, folder: str) -> Any:
    """The node of the program in `folder`, which `link` makes buildable."""
    return env.Dir(folder).File("token.elf")


def arena_objects(env: Any, folder: Any, name: str, *, split: bool) -> list[Any]:
    """Objects of the token arena of the model `name`."""
    text = env.Value((_ARENA + (_PERSISTENT if split else "")).format(name=name))
    source = always_as_kept(env, env.Command(folder.File(f"{name}_arena.c"), text, env.Action(_write, None)))
    objects: list[Any] = env.Object(source)
    return objects


def link(env: Any, token: Any, elf: Any, final: Iterable[Any], stand_ins: Sequence[Any], names: Iterable[str]) -> None:
    """Make `token` of all that `elf` is made of, with `stand_ins` in the place of the objects `final`.

    After the scripts of platform and project: what they attached to `elf` by name, generated linker scripts for
    example, is attached to `token` too.
    """
    its_env = elf.get_build_env()
    final = set(final)
    keep = [flag for name in names for flag in keep_flags(name)]
    # The last map named is the one written: that of the firmware stays the firmware's.
    own_map = ["-Xlinker", f"-Map={Path(token.get_abspath()).with_suffix('.map')}"]
    its_env.Program(
        token,
        [*(node for node in elf.sources if node not in final), *stand_ins],
        LINKFLAGS=[*its_env["LINKFLAGS"], *keep, *own_map],
        PROGPREFIX="",
        PROGSUFFIX=".elf",
    )
    env.Depends(token, elf.depends)
    env.Requires(token, list(elf.prerequisites or ()))


@build_action
def _write(target: Sequence[Any], source: Sequence[Any], env: Any) -> int:
    write_text(Path(target[0].get_abspath()), source[0].read())
    return 0
