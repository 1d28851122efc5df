"""All options of one environment as values: what `config_options.py` parses them into. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .budgets import WrittenBudget
from .model_files import model_stem
from .streams import Streams

AUTO = "auto"
GOLDEN = "golden"
GOLDEN_SUFFIXES = (".bin", ".npy", ".npz")
DEVICE_FILE = "tinyml-device.json"
"""File of a project with what its devices measured."""
DEVICE = "device"


@dataclass(frozen=True)
class ModelConfig:
    """One model: `path` is absolute, `name` its C name, `key` what its options are called by.

    `data` is an absolute path or `random`; it, `evaluation`, `input_type` and `activations` serve where `path` is to
    be converted.
    """

    key: str
    name: str
    path: Path
    arena_size: str | None = None
    user_arena: bool = False
    by_rows: bool = False
    rows_out: bool = False
    data: str | None = None
    evaluation: Path | None = None
    input_type: str = "int8"
    activations: str = "int8"
    max_accuracy_drop: str | None = None

    @property
    def golden(self) -> Path:
        """The file with inputs to verify the model on."""
        return next(iter(self.golden_files()), self._golden(GOLDEN_SUFFIXES[0]))

    def golden_files(self) -> list[Path]:
        """Those of GOLDEN_SUFFIXES that are there."""
        return [path for path in map(self._golden, GOLDEN_SUFFIXES) if path.is_file()]

    def _golden(self, suffix: str) -> Path:
        return self.path.with_name(f"{model_stem(self.path)}.golden{suffix}")


@dataclass(frozen=True)
class Config:
    """All options of one environment. Without `enabled` there are no models.

    `budgets` are of the firmware and of models. `runtime` is `auto`, `compiled` or `tflm`; `auto` is decided when the
    project's libraries are known.
    """

    enabled: bool
    models: tuple[ModelConfig, ...] = ()
    runtime: str = "auto"
    keep_input: bool = False
    simplify: bool = True
    streams: Streams = Streams.ON
    budgets: tuple[WrittenBudget, ...] = ()
    baseline: Path | None = None
    arena_margin: str | None = None
    share_arena: bool = False
    split_arena: bool = False
    arena_section: str | None = None
    persistent_section: str | None = None
    weights_section: str | None = None
    offline_plan: bool = True
    twin: bool = True
    python: str | None = None
    wheels: Path | None = None
    cache: Path | None = None
    """A folder that is shared with others."""
    allow_unsafe: bool = False
    allow_float: bool | None = None
    """None where nobody said."""
    require: str = "bound"
    verify: str | None = AUTO
    """`auto`, `golden`, or the number of inputs to generate; None is off."""
    profile: bool = True
    arena_from: str = "probe"
    custom_operators: tuple[tuple[str, str], ...] = ()
    """Custom code and C++ function of each."""
    device: Path | None = None
    """tinyml-device.json of the project, if it is there."""
    selftest_port: Path | None = None
    selftest_timeout: float = 60.0
    """Seconds."""
