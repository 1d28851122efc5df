"""`--labels` of generate: what the scores of a model are called, from a file beside it or from the model's own."""

from __future__ import annotations

from pathlib import Path

from ..codegen.about import About, about, scores
from ..errors import UsageError
from ..files import read_head
from ..labels import LARGEST_FILE, SHARED_NAME, labels_file, parse_labels
from ..model import Model
from ..model.naming import printable
from ..tflite.packed_labels import packed_labels

LABELS = "a text file with a label a line (default: MODEL.labels.txt or labels.txt beside MODEL, else the model's own)"


def about_model(model: Model, path: Path, data: bytes, labels: Path | None) -> About:
    """The facts of the model in the file `path` with the content `data`.

    UsageError where its labels are no labels, or not as many as scores. A `labels.txt` that does not fit may be
    another's: the header says why it is not taken.
    """
    counts = scores(model)
    file = labels or labels_file(path)
    if file is None:
        return about(data, packed_labels(data, counts))
    try:
        found = parse_labels(read_head(file, LARGEST_FILE + 1))
        if len(found) not in counts:
            raise ValueError(f"it has {len(found):,} labels, and {_sizes(counts)}")
    except OSError as error:
        raise UsageError(f"{printable(str(file))} cannot be read: {error.strerror}", "Check the path.") from None
    except ValueError as error:
        if file.name == SHARED_NAME:
            return about(data, (), f"{SHARED_NAME} is not taken: {error}")
        raise UsageError(
            f"{printable(str(file))}: {error}", "Give it a label a line, in the order of training."
        ) from None
    return about(data, found)


def _sizes(counts: dict[int, str]) -> str:
    return " and ".join(f"{accessor} {size:,} elements" for size, accessor in counts.items()) or "the model no output"
