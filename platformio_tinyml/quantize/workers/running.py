"""TensorFlow's interpreter, and what an error of TensorFlow's says."""

from __future__ import annotations

import re
from typing import Any


def first_line(error: BaseException) -> str:
    """The line of a long error that tells."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    causes = [line.partition(":")[2].strip() for line in lines if line.startswith("Exception encountered:")]
    plain = [line for line in lines if not line.startswith("Exception encountered when calling")]
    telling = causes[-1:] or [line for line in plain if re.search(r"[Ee]rror:", line)] or plain or lines
    return re.sub(r"\s+", " ", telling[0])[:300]


def interpreter(data: bytes, **options: Any) -> Any:
    """TensorFlow's interpreter of a .tflite file, without its warning that it will move to a package of its own."""
    import warnings

    import tensorflow as tf

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = tf.lite.Interpreter(model_content=data, **options)
    made.allocate_tensors()
    return made
