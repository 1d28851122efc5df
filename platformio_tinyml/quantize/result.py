"""What a conversion gave: types, and their JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

SCHEMA = "tinyml-report/1"


@dataclass(frozen=True, slots=True)
class Calibration:
    """`method`: representative, random, or none where nothing was converted. `low` and `high` are the data's extremes.

    `calibrated` says whether the scales come from data like the device's.
    """

    method: str
    samples: int = 0
    low: float | None = None
    high: float | None = None

    @property
    def calibrated(self) -> bool:
        """False for random data."""
        return self.method != "random"


@dataclass(frozen=True, slots=True)
class OperatorError:
    """Signal to quantization noise ratio of an operator's output, in dB; None where both forms agree exactly."""

    index: int
    opcode: str
    name: str
    sqnr_db: float | None


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Float against int8. `metric` is what `float_value` and `int8_value` are, on `data` (evaluation, calibration).

    top-1: share of right answers. agreement: share of samples where both forms give the same class. mse: mean squared
    error, with `float_mae` and `int8_mae`. output-error: the difference of the outputs over their size, both RMS.

    `drop` is what a limit is compared with: float minus int8 (top-1), the share that differs (agreement), the relative
    growth of the error (mse), the error itself (output-error). `output_error` and `largest_error`, in real units, are
    there for all. `runtime` ran the int8 form: tflite_micro computes what the device does, litert nearly.
    `operators`: the worst first.
    """

    metric: str
    data: str
    samples: int
    float_value: float | None
    int8_value: float | None
    drop: float
    output_error: float
    largest_error: float
    runtime: str
    float_mae: float | None = None
    int8_mae: float | None = None
    operators: tuple[OperatorError, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """An int8 file and how it came about. `size` and `float_size` are bytes, of the int8 file and its float form."""

    source: str
    kind: str
    output: str
    size: int
    sha256: str
    input_type: str
    key: str
    calibration: Calibration
    accuracy: Accuracy | None = None
    float_size: int | None = None
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    versions: tuple[tuple[str, str], ...] = ()
    seconds: float = 0.0


def as_document(result: Result) -> dict[str, object]:
    """The JSON of `--json`, of `--report` and, in part, of the lock."""
    document = asdict(result)
    document["calibration"]["calibrated"] = result.calibration.calibrated
    document["versions"] = dict(result.versions)
    return {"schema": SCHEMA, "ok": True, **document}


def from_document(document: Mapping[str, Any]) -> Result:
    """The inverse of `as_document`. KeyError, TypeError, ValueError or AttributeError for anything else."""
    fields = {name: value for name, value in document.items() if name not in ("schema", "ok")}
    calibration = {name: value for name, value in fields.pop("calibration").items() if name != "calibrated"}
    accuracy = fields.pop("accuracy")
    return Result(
        calibration=Calibration(**calibration),
        accuracy=accuracy if accuracy is None else accuracy_from(accuracy),
        notes=tuple(fields.pop("notes")),
        warnings=tuple(fields.pop("warnings")),
        versions=tuple(sorted(fields.pop("versions").items())),
        **fields,
    )


def accuracy_from(document: Mapping[str, Any]) -> Accuracy:
    """The accuracy as it stands in JSON."""
    fields = dict(document)
    return Accuracy(operators=tuple(OperatorError(**entry) for entry in fields.pop("operators")), **fields)
