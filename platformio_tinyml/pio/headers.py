"""Headers that are there before anything is built: for editors, `compiledb`, `check` and PlatformIO's LDF."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ..config import ModelConfig
from ..errors import UsageError
from ..files import write_text
from ..model.naming import header_name, printable
from ..options import option_name
from . import builder, cache
from .includes import included_by
from .say import complain

PROVISIONAL = """\
/* Stands in until the first build, which knows the model and replaces this. */
#ifndef TINYML_MODEL_{upper}
#define TINYML_MODEL_{upper}
#define {upper}_PROVISIONAL 1

#include <stddef.h>
#include <stdint.h>

#include "tinyml.h"

#define {upper}_ARENA_SIZE 1
#define {upper}_ARENA_ALIGNMENT TINYML_ARENA_ALIGNMENT
#define {upper}_INPUT_COUNT 1
#define {upper}_OUTPUT_COUNT 1
#define {upper}_INPUT_0_SHAPE {{1}}
#define {upper}_INPUT_0_SIZE 1
#define {upper}_INPUT_0_BYTES 1
#define {upper}_INPUT_0_SCALE 1.0f
#define {upper}_INPUT_0_ZERO_POINT 0
#define {upper}_INPUT_ROWS 1
#define {upper}_ROW_SIZE 1
#define {upper}_ROW_BYTES 1
#define {upper}_OUTPUT_ROWS 1
#define {upper}_OUTPUT_ROW_SIZE 1
#define {upper}_OUTPUT_ROW_BYTES 1
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
tinyml_status {name}_init_with(void *arena, size_t size);
tinyml_status {name}_init_model(const void *file, uint32_t file_size, void *arena, uint32_t size);
tinyml_status {name}_invoke(void);
int32_t {name}_push_row(const {name}_input_0_t *row);
const {name}_output_0_t *{name}_pop_row(void);
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


PROVISIONAL_TFLM = """\
/* Stands in until the first build, which knows the model's operators and replaces this. */
#ifndef TINYML_MODEL_{upper}_TFLM
#define TINYML_MODEL_{upper}_TFLM
#define {upper}_TFLM_PROVISIONAL 1

#include "{header}"

#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#endif
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"
#include "tensorflow/lite/schema/schema_generated.h"

extern const unsigned char {name}_tflite[];
extern const unsigned int {name}_tflite_len;
extern "C" uint8_t {name}_arena[];

template <unsigned int slots>
TfLiteStatus {name}_add_operators(tflite::MicroMutableOpResolver<slots> &) {{
    return kTfLiteOk;
}}

class {name}_resolver : public tflite::MicroMutableOpResolver<1> {{
  public:
    const TfLiteStatus status = kTfLiteOk;

  private:
    TF_LITE_REMOVE_VIRTUAL_DELETE
}};

#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#endif
"""

NO_TFLM = """\
/* In the place of the header with the resolver. */
#error "the model {name} is not run by TensorFlow Lite Micro here (custom_tinyml_runtime): {header} is all there is"
"""


_ENDS = re.compile(r"([\W_](model|data|tflite|int8))*\.h(pp)?$")
"""Of names of headers, behind the model's."""


def tflm_header(name: str) -> str:
    """File name of the header with the resolver, which is there for the runtime tflm alone."""
    return f"{name}_tflm.h"


def refuse_taken(model: ModelConfig, project: Path, folders: Iterable[Path]) -> None:
    """UsageError where the project has a header of the same name: `#include "kws_model.h"` would take that one."""
    header = header_name(model.name)
    for taken in (folder / header for folder in folders):
        if taken.is_file():
            shown = taken.relative_to(project) if taken.is_relative_to(project) else taken
            raise UsageError(
                f"{printable(str(shown))} is called like the header that is made for the model {model.name}",
                f"Remove that file if it is of no use any more, or name the model differently: "
                f"{option_name('name', model.key)} = {model.name.removesuffix('_model')}_net",
            )


def explain_missing(models: Sequence[ModelConfig], failures: Iterable[Any], project: Path) -> None:
    """At the end of a build that failed: the header's name, where a source includes one that is nearly called so."""
    ours = [header_name(model.name) for model in models]
    for name in sorted(included_by(failures) - {*ours, *(tflm_header(model.name) for model in models)}):
        file = name.rpartition("/")[2]
        meant = [model.name for model in models if _may_mean(file.lower(), model)]
        for model in meant:
            complain(f"TinyML: <{printable(name)}> is no header of the model {model}: #include <{header_name(model)}>")
        if not meant and file.endswith("_model.h") and not _has(project, file):
            complain(f"TinyML: no model here has <{printable(name)}>: #include <{'> or <'.join(ours)}>")


def _has(project: Path, file: str) -> bool:
    folders = (project / name for name in ("include", "src", "lib"))
    return any(path.name == file for folder in folders for path in folder.rglob("*_model.h"))


def _may_mean(name: str, model: ModelConfig) -> bool:
    """Whether a header of that name is the model's, called by its name or the first words of it."""
    stem = re.sub(r"\W", "_", _ENDS.sub("", name))
    return bool(stem) and any(f"{word}_".lower().startswith(f"{stem}_") for word in (model.name, model.key))


def stand_in(name: str, folder: Path) -> None:
    """Write provisional headers of the model `name`, unless there are some of any kind.

    Of either runtime: PlatformIO looks for headers before it is known which one there will be.
    """
    values = {"name": name, "upper": name.upper(), "header": header_name(name)}
    for file, text in ((header_name(name), PROVISIONAL), (tflm_header(name), PROVISIONAL_TFLM)):
        if not (folder / file).is_file():
            write_text(folder / file, text.format(**values))


def remove_others(names: Iterable[str], folder: Path) -> None:
    """Remove the headers of models that are no more, or are called `names` now: a source would go on with their sizes.

    Raises:
        OSError: one cannot be removed.
    """
    ours = {file for name in names for file in (header_name(name), tflm_header(name))}
    for path in folder.glob("*.h"):
        if path.name not in ours:
            path.unlink()


def place_headers(env: Any, request: builder.Request, folder: Path, *, may_generate: bool) -> None:
    """Make sure that the headers of `request` are in `folder`.

    From the cache where its key is there. Else they are generated, if that is allowed and nothing has to be installed
    for it. Else what a former build left stays, or provisional ones are written.
    """
    header = header_name(request.name)
    names = [header, tflm_header(request.name)] if request.library else [header]
    is_there = request.model.is_file()  # else the build converts it first
    entry = cache.cache_of(env).lookup(request.key) if is_there else None
    if entry is None and is_there and may_generate and env["TINYML_TOOL"].ready():
        entry = builder.obtain(env, request)
    stand_in(request.name, folder)
    if not request.library:
        write_text(folder / tflm_header(request.name), NO_TFLM.format(name=request.name, header=header))
    if entry is not None:
        for name in names:
            write_text(folder / name, (entry / name).read_text("utf-8"))
