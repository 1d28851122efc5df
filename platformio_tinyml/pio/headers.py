"""Headers that are there before anything is built: for editors, `compiledb`, `check` and PlatformIO's LDF."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..files import write_text
from ..model.naming import header_name
from . import builder, cache

MARKER = "_PROVISIONAL"

PROVISIONAL = """\
/* Stands in until the first build, which knows the model and replaces this. */
#ifndef TINYML_MODEL_{upper}
#define TINYML_MODEL_{upper}
#define {upper}_PROVISIONAL 1

#include <stdint.h>

#include "tinyml.h"

#define {upper}_ARENA_SIZE 1
#define {upper}_INPUT_COUNT 1
#define {upper}_OUTPUT_COUNT 1
#define {upper}_INPUT_0_SHAPE {{1}}
#define {upper}_INPUT_0_SIZE 1
#define {upper}_INPUT_0_BYTES 1
#define {upper}_INPUT_0_SCALE 1.0f
#define {upper}_INPUT_0_ZERO_POINT 0
#define {upper}_OUTPUT_0_SHAPE {{1}}
#define {upper}_OUTPUT_0_SIZE 1
#define {upper}_OUTPUT_0_BYTES 1
#define {upper}_OUTPUT_0_SCALE 1.0f
#define {upper}_OUTPUT_0_ZERO_POINT 0

#ifdef __cplusplus
extern "C" {{
#endif

typedef int8_t {name}_input_0_t;
typedef int8_t {name}_output_0_t;

extern const uint32_t {name}_arena_size;
tinyml_status {name}_init(void);
tinyml_status {name}_invoke(void);
void {name}_reset(void);
{name}_input_0_t *{name}_input_0(void);
{name}_output_0_t *{name}_output_0(void);
int8_t *{name}_input(int index);
int8_t *{name}_output(int index);

static inline {name}_input_0_t {name}_quantize_input_0(float value) {{
    return ({name}_input_0_t)value;
}}

static inline float {name}_dequantize_output_0({name}_output_0_t value) {{
    return (float)value;
}}

#ifdef __cplusplus
}}
#endif

#endif
"""


def stand_in(name: str, folder: Path) -> None:
    """Write a provisional header of the model `name`, unless there is one of any kind."""
    path = folder / header_name(name)
    if not path.is_file():
        write_text(path, PROVISIONAL.format(name=name, upper=name.upper()))


def place_header(env: Any, request: builder.Request, folder: Path, *, may_generate: bool) -> bool:
    """Make sure that the header of `request` is in `folder`; True if it is known to be the real one.

    From the cache where its key is there. Else it is generated, if that is allowed and nothing has to be installed for
    it. Else what a former build left stays, or a provisional one is written.
    """
    path = folder / header_name(request.name)
    is_there = request.model.is_file()  # else the build converts it first
    entry = cache.lookup(Path(env["TINYML_CACHE"]), request.key) if is_there else None
    if entry is None and is_there and may_generate and env["TINYML_TOOL"].ready():
        entry = builder.obtain(env, request)
    if entry is not None:
        write_text(path, (entry / path.name).read_text("utf-8"))
        return True
    stand_in(request.name, folder)
    return is_there and MARKER not in path.read_text("utf-8", errors="replace")
