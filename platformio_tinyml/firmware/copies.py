"""Which copies of TensorFlow Lite Micro a link took code from, by the linker's map."""

from __future__ import annotations

import re
from pathlib import Path

from ..files import read_text

_SOURCES = (
    "micro_interpreter",
    "micro_interpreter_graph",
    "micro_interpreter_context",
    "micro_allocator",
    "micro_allocation_info",
    "micro_context",
    "micro_op_resolver",
    "micro_resource_variable",
    "single_arena_buffer_allocator",
    "simple_memory_allocator",
    "greedy_memory_planner",
    "flatbuffer_conversions",
)
"""Of its sources, such as nothing else is called by; kernels may be the project's own."""

_PLACED = re.compile(
    r"^ +(?:\.text\S*|\.rodata\S*|\.literal\S*)?\s*0x0*[1-9a-f][0-9a-f]* +0x[0-9a-f]+ (?P<file>.+)$",
    re.MULTILINE,
)
"""A section of a file that the link kept, after its name, on the same line or the next."""
_MEMBER = re.compile(rf"^(?P<archive>.+)\((?:{'|'.join(_SOURCES)})(?:\.cc|\.cpp)?\.o(?:bj)?\)$")
_OBJECT = re.compile(rf"^(?P<folder>.+?)/tensorflow/lite/(?:.+/)?(?:{'|'.join(_SOURCES)})(?:\.cc|\.cpp)?\.o(?:bj)?$")


def copies_of_tflm(link_map: Path) -> tuple[str, ...]:
    """The archives, or folders of objects, with code of its in the program; more than one are copies of it."""
    found: dict[str, None] = {}
    for placed in _PLACED.finditer(read_text(link_map, "replace")):
        file = placed["file"].strip()
        if member := _MEMBER.match(file):
            found[member["archive"]] = None
        elif (loose := _OBJECT.match(file)) and not file.endswith(")"):
            found[loose["folder"]] = None
    return tuple(found)
