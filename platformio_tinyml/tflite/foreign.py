"""What a file is that somebody took for a `.tflite`."""

from __future__ import annotations

import re

from ..errors import ModelError
from ..model.naming import printable
from ..shell_line import shell_line

IDENTIFIER = b"TFL3"
"""Bytes 4 to 7 of every `.tflite` file (schema.fbs, file_identifier)."""

_CONVERT = "convert it to an int8 .tflite with pio-tinyml quantize or the TensorFlow Lite converter, and give that"
_QUANTIZE = "{quantize}"
"""Stands for the command that makes a .tflite of the file."""
_DOWNLOAD = "download the file itself (on a code hosting site: the raw file)"
_FOREIGN = tuple(
    (re.compile(pattern, re.DOTALL | re.IGNORECASE), what, next_step)
    for pattern, what, next_step in (
        (rb"version https://git-lfs\.", "a Git LFS pointer, not the model", "run: git lfs pull"),
        (rb"\s*(<!doctype|<html|<\?xml)", "a web page", _DOWNLOAD),
        (rb"\x89HDF\r\n\x1a\n", "a Keras model (HDF5)", _QUANTIZE),
        (rb"PK\x03\x04.{26}(metadata|config)\.json", "a Keras model", _QUANTIZE),
        (rb"PK\x03\x04.{26}([^/]{1,80}/(data\.pkl|archive_format|\.format_version|byteorder|version)|serialized_)",
         "a PyTorch file",
         "export it with torch.export.save to a .pt2 file, and make that int8: pio-tinyml quantize MODEL.pt2"),
        (rb"PK\x03\x04", "a zip archive", "unpack it, and give the .tflite file in it"),
        (rb"\x1f\x8b", "a gzip archive", "unpack it"),
        # SavedModel: field 1 (version) is 1, then field 2, a meta graph, which starts with its field 1.
        (rb"\x08\x01\x12[\x80-\xff]+.\x0a", "a TensorFlow SavedModel (.pb)", _CONVERT),
        (rb"\x08[\x02-\x20]\x12.{1,40}", "an ONNX model", _QUANTIZE),
        (rb"\s*(//|/\*|#include|#ifn?def|#pragma|alignas|(extern |static )?(const )?unsigned char)",
         "C source", "take the model out of it: pio-tinyml extract FILE -o MODEL.tflite"),
        (rb"\s*\{", "JSON text", _DOWNLOAD),
        (rb"\x00+\Z|\xff+\Z", "nothing but one byte repeated (an interrupted copy)", "copy or download it again"),
    )
)  # fmt: skip
_HEAD = 256


def quantizing(source: str) -> str:
    """The next step for a model of TensorFlow's or Keras's at the path `source`."""
    stem = source.rstrip("/").rpartition("/")[2].rpartition("\\")[2]
    output = shell_line([f"{re.sub('[.](keras|h5|hdf5|onnx|pt2)$', '', stem)}.int8.tflite"])
    return (
        f"pio-tinyml quantize {shell_line([source])} --data SAMPLES.npz -o {output}, and give {output} "
        "(--data random for a first look: sizes are right, results are not; in a build: custom_tinyml_data)"
    )


def check_format(head: bytes, source: str) -> None:
    """Raises ModelError, naming what it is, unless `head` (all or the first bytes of a file) starts a `.tflite`."""
    if head[4:8] == IDENTIFIER:
        return
    if not head:
        raise ModelError(f"{source} is empty", "copy or download the model again", code="model-format")
    for pattern, what, next_step in _FOREIGN:
        if pattern.match(head[:_HEAD]):
            step = next_step.replace(_QUANTIZE, quantizing(source))
            raise ModelError(f"{source} is {what}", step, code="model-format")
    start = printable(head[:8].decode("latin-1"))
    raise ModelError(
        f"{source} is no .tflite file: byte 4 should begin TFL3, and it starts with '{start}'",
        _CONVERT,
        code="model-format",
    )
