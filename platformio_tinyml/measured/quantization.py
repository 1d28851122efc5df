"""How a model became int8, and what that cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quantization:
    """Of one model that the build, or a lock, made int8 from the file `source`.

    `calibration` is representative or random, by `samples`. `metric` (docs/quantize.md) has the values `float_value`
    and `int8_value` on `data` (evaluation, calibration); `drop` is what `max_drop` limits. `summary` says it in words,
    `worst` which operator loses most.
    """

    model: str
    source: str
    calibration: str
    samples: int
    metric: str
    data: str
    float_value: float | None
    int8_value: float | None
    drop: float
    max_drop: float | None
    summary: str
    worst: str | None = None

    @property
    def calibrated(self) -> bool:
        """Whether the scales come from data like the device's."""
        return self.calibration != "random"

    def note(self) -> str:
        """One line for the table."""
        values = [f"{self.metric} {self.int8_value:.4g}" if self.int8_value is not None else self.metric]
        values += [f"float {self.float_value:.4g}"] if self.float_value is not None else []
        first = "" if self.calibrated else "NOT CALIBRATED (random data), "
        return f"{self.model}: {first}int8 loses {self.drop:.2%} ({', '.join(values)})"

    def as_row(self) -> dict[str, object]:
        """For report.json."""
        return {
            "source": self.source,
            "calibration": self.calibration,
            "calibrated": self.calibrated,
            "samples": self.samples,
            "metric": self.metric,
            "data": self.data,
            "float": self.float_value,
            "int8": self.int8_value,
            "drop": self.drop,
            "max_drop": self.max_drop,
        }
