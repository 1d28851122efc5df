"""What is asked of a conversion."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

RANDOM = "random"
"""The word that stands for data where there is none: a first look, not calibrated."""

INPUT_TYPES = ("int8", "float")
ACTIVATIONS = ("int8", "int16")


@dataclass(frozen=True, slots=True)
class Request:
    """One model and all that decides the bytes of its int8 form.

    `activations` are int8, or int16 with weights that are int8 all the same; with int16 the inputs and outputs are
    int16 where `input_type` is int8.

    `data` is a path (.npz, .npy, .csv, .py, a folder) or `random`; None stops a conversion that needs it. `data_range`
    is what the darkest and the brightest pixel, or the extremes of a sound, are to the model; None is the default of
    the kind of file. `evaluation` is an .npz with x and perhaps y.
    """

    source: Path
    data: str | None = None
    evaluation: Path | None = None
    input_type: str = "int8"
    activations: str = "int8"
    data_range: tuple[float, float] | None = None
    allow_unsafe: bool = False

    @property
    def data_path(self) -> Path | None:
        """The file or folder of the data, if there is one."""
        return None if self.data is None or self.data == RANDOM else Path(self.data)
