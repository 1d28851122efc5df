"""Whether a TFLM library and the sources that use it were compiled to the same types.

AGREEMENT_SOURCE is compiled (-c, without LTO) with the flags of each side; `compare` reads the two objects. Where they
differ, pointers land in the wrong field and memory is overwritten without a word.
"""

from __future__ import annotations

from pathlib import Path

from ..errors import SetupError
from ..firmware.objects import symbol_sizes

AGREEMENT_SOURCE = Path(__file__).with_name("agreement.cc")
"""C++11, with the include folders and macros of the side that it stands for."""

_PREFIX = "tinyml_number_"
_CAUSES = (
    ("TfLiteStatus", "-fshort-enums is set on one side only", "Set the same ABI flags on both sides."),
    (
        "TfLiteTensor",
        "TF_LITE_STATIC_MEMORY is defined on one side only",
        "Define TF_LITE_STATIC_MEMORY in build_flags, for the whole environment.",
    ),
    (
        "TfLiteNode",
        "TF_LITE_STATIC_MEMORY is defined on one side only",
        "Define TF_LITE_STATIC_MEMORY in build_flags, for the whole environment.",
    ),
)
"""(type, cause, next step) of differences seen in practice, the most basic first."""


def _numbers(path: Path) -> dict[str, int]:
    """Sizes and offsets in bytes, by name, from an object of AGREEMENT_SOURCE. SetupError where it has none."""
    sizes = {
        name.removeprefix(_PREFIX): size - 1 for name, size in symbol_sizes(path).items() if name.startswith(_PREFIX)
    }
    if not sizes:
        raise SetupError(f"{path} says nothing of TFLM's types", "Compile agreement.cc without LTO.")
    return sizes


def compare(library: Path, application: Path) -> None:
    """SetupError, naming the macro where it is known, if the objects of the two sides differ."""
    theirs, ours = _numbers(library), _numbers(application)
    different = [name for name in theirs if theirs[name] != ours.get(name)]
    if not different:
        return
    cause, step = "a macro or an ABI flag differs", "Give the library's flags to the whole environment."
    for name, known, known_step in _CAUSES:
        if name in different:
            cause, step = known, known_step
            break
    listed = ", ".join(f"{name} {theirs[name]} and {ours.get(name)}" for name in different)
    raise SetupError(
        f"TFLM and the sources that use it do not agree on its types: {cause} (bytes in the library and in the "
        f"application: {listed})",
        step,
        code="tflm-types-differ",
    )
