"""Why an invoke failed in the emulator, and whether that is the model's fault or the emulator's lack.

It is run once more, with what the library says read and not printed: a print may need a peripheral.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence

from ..emulate import Emulator, WatchedCall
from ..emulate.calls import EmulationError
from ..emulate.invoke import invoke
from ..emulate.linked_model import start
from ..errors import SetupError, UsageError
from ..firmware.image import Image
from ..manifest import Manifest
from ..model.naming import printable
from .estimate import estimate, total

_LOG = "DebugLog"
"""Where all that TensorFlow Lite Micro says goes: a format, and since 2023 its va_list, which points at the words."""
_SILENCE = "; the library says nothing: with TF_LITE_STRIP_ERROR_STRINGS it has no words for what it refuses"
_LONGEST = 200
_MODELS_CODE = re.compile(r"tflite|tinyml_|arm_nn|arm_[a-z0-9_]*_s(8|16|4)|esp_nn|riscv_nn")
"""In the names of functions that do the model's work, beside init and invoke."""
_HELPERS = re.compile(r"^(__|mem(cpy|set|move|cmp))")
"""Of the C library and the compiler, which do the work of their caller."""
_PERIPHERALS = range(0x40000000, 0x60000000), range(0xE0000000, 1 << 32)
"""Of a Cortex-M. On RISC-V they may lie anywhere, and the function decides alone."""
_CONVERSION = re.compile(r"%[-+ #0]*\d*(?:\.\d+)?(?:hh|h|ll|l|z|t|j)?([diuxXcsp%fgeFGE])")


_ENDLESS = 20
"""Times the most instructions that a model's kernels are estimated at: what has run for longer does not end."""


def endless(image: Image, manifest: Manifest, error: SetupError) -> str | None:
    """What is wrong, in one sentence, of an invoke that did not end in the code of the model; None of any other.

    Where an application waits, it waits for something that the emulator does not have.
    """
    if not isinstance(error, EmulationError) or not error.unended:
        return None
    bound = total(estimate(manifest, image.machine))
    if bound is None or error.unended <= _ENDLESS * bound[1] or not _is_in_model(manifest, error.functions):
        return None
    return (
        f"{manifest.invoke} does not end: {error.unended:,} instructions are more than {_ENDLESS} times what this "
        f"model takes at most; {error.message}"
    )


def _is_in_model(manifest: Manifest, functions: Sequence[str]) -> bool:
    """Of code that runs in the first and returns to the last."""
    own = functions[-1 if _HELPERS.search(functions[0]) else 0] if functions else ""
    return own in (manifest.init, manifest.invoke) or _MODELS_CODE.search(own) is not None


def failure_of(image: Image, manifest: Manifest, cpu: str, inputs: Sequence[bytes], limit: float) -> str | None:
    """What is wrong with the model's code in one sentence, of an invoke on `inputs` that failed; None if it is not.

    A status other than TINYML_OK is, and so is an access to memory that is not there, in the code of the model.
    """
    emulator = Emulator(image, cpu, limit)
    functions = {symbol.name for symbol in image.symbols if symbol.kind == "function"}
    start(emulator, manifest)
    said: list[str] = []
    watch = [_LOG] if _LOG in functions else []
    if watch:
        emulator.disable(_LOG)
    try:
        call = invoke(emulator, manifest, inputs, watch=watch, after=lambda call: said.append(_line(emulator, call)))
    except EmulationError as error:
        return (
            _with_log(f"{manifest.invoke}: {error.message}", said) if _is_the_models(image, manifest, error) else None
        )
    if not call.result:
        return None
    silence = _SILENCE if manifest.runtime == "tflm" else ""
    return _with_log(f"{manifest.invoke} returns the status {call.result} (tinyml.h)", said, silence)


def _with_log(message: str, said: Sequence[str], silence: str = "") -> str:
    line = next((each.strip() for each in said if each.strip()), "")
    return f"{message}; the library says: {printable(line, _LONGEST)}" if line else message + silence


def _is_the_models(image: Image, manifest: Manifest, error: EmulationError) -> bool:
    if error.address is None or error.overflow:
        return False
    if image.machine == "arm" and any(error.address in part for part in _PERIPHERALS):
        return False
    return _is_in_model(manifest, error.functions)


def _line(emulator: Emulator, call: WatchedCall) -> str:
    """What a call of DebugLog would have printed."""
    text = _string(emulator, call.arguments[0])
    words = call.arguments[1]

    def value(match: re.Match[str]) -> str:
        nonlocal words
        kind = match[1]
        if kind == "%":
            return "%"
        if kind in "fgeFGE":  # a double, which is aligned to eight bytes
            words = -(-words // 8) * 8
            data, words = emulator.read(words, 8), words + 8
            return f"{struct.unpack('<d', data)[0]:g}"
        number, words = int.from_bytes(emulator.read(words, 4), "little"), words + 4
        if kind == "s":
            return _string(emulator, number)
        if kind == "c":
            return chr(number & 0x7F)
        return f"{number:x}" if kind in "xXp" else str(number - (number >> 31 << 32) if kind in "di" else number)

    try:
        return _CONVERSION.sub(value, text)
    except (SetupError, UsageError):  # a library of before, whose text is finished
        return text


def _string(emulator: Emulator, address: int) -> str:
    found = bytearray()
    try:
        while len(found) < _LONGEST and (byte := emulator.read(address + len(found), 1)) != b"\0":
            found += byte
    except UsageError:
        pass
    return found.decode("utf-8", "replace")
