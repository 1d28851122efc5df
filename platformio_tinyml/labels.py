"""What a model's outputs are called: text files with a label a line. Standard library only."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from .model_files import model_stem

SHARED_NAME = "labels.txt"
"""Beside a model, and perhaps beside others: it is for those that have as many scores."""
LARGEST_FILE = 1 << 20
LONGEST_LABEL = 255
"""Bytes of UTF-8; C compilers need not take string literals of more than 4,095."""

_UNSEEN = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")
"""Unicode's categories of what is no visible character: a terminal would obey it."""


def labels_file(model: Path) -> Path | None:
    """The labels beside a model: `kws.labels.txt` of kws.tflite or kws.int8.tflite, else `labels.txt`."""
    beside = (model.with_name(f"{model_stem(model)}.labels.txt"), model.with_name(SHARED_NAME))
    return next((path for path in beside if path.is_file()), None)


def parse_labels(data: bytes) -> tuple[str, ...]:
    """The labels in a file: UTF-8, one a line, none empty but the last lines.

    A number in front of each, its line's (`0 yes`, `1 no`, as Teachable Machine writes), is left out.
    Raises ValueError with what is wrong, in a few words.
    """
    if len(data) > LARGEST_FILE:
        raise ValueError(f"it has more than {LARGEST_FILE:,} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(f"line {line} is not UTF-8") from None
    lines = [line.strip() for line in text.rstrip().split("\n")] if text.strip() else []
    for line_number, label in enumerate(lines, 1):
        if not label:
            raise ValueError(f"line {line_number} is empty")
        if len(label.encode()) > LONGEST_LABEL:
            raise ValueError(f"line {line_number} has more than {LONGEST_LABEL} bytes")
        if any(unicodedata.category(character) in _UNSEEN for character in label):
            raise ValueError(f"line {line_number} has a control character")
    parts = [line.partition(" ") for line in lines]
    if all(head == str(index) and rest for index, (head, _, rest) in enumerate(parts)):
        return tuple(rest.strip() for _, _, rest in parts)
    return tuple(lines)
