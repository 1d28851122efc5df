"""What a header says of its model besides tensors: which file it is of, what made it, what the scores are called."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from .. import __version__
from ..model import Model


@dataclass(frozen=True, slots=True)
class About:
    """`sha256` is the model file's, in hexadecimal; `remark` says why labels that are there are not taken."""

    sha256: str
    labels: tuple[str, ...] = ()
    remark: str = ""
    version: str = field(default=__version__, init=False)

    @property
    def longest(self) -> int:
        """Bytes of the longest label, in UTF-8 and without its NUL."""
        return max((len(label.encode()) for label in self.labels), default=0)


def about(data: bytes, labels: Sequence[str] = (), remark: str = "") -> About:
    """Of the model in the bytes `data`."""
    return About(hashlib.sha256(data).hexdigest(), tuple(labels), remark)


def scores(model: Model) -> dict[int, str]:
    """Of each output by the number of its elements, the first of several: `output_0`."""
    sizes = [(model.tensors[index].elements, f"output_{place}") for place, index in enumerate(model.outputs)]
    return dict(reversed(sizes))


def about_values(model: Model, about: About | None) -> dict[str, object]:
    """What the templates want of `about`; the labels are those of the first output that has as many elements."""
    return {"about": about, "labelled": scores(model).get(len(about.labels), "") if about else ""}
