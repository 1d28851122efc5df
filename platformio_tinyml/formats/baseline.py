"""report.json -> the baseline of its firmware."""

from __future__ import annotations

from ..errors import UsageError
from ..judgement.figures import upper_end
from ..measured.baseline import Baseline, BaselineModel, metric_on
from .document import Document, ModelRow


def make_baseline(document: Document) -> Baseline:
    """The figures of a report. UsageError for one that is not of a linked firmware with symbols."""
    if document.stage != "firmware" or document.flash.used is None or document.ram.used is None:
        raise UsageError("the report is not of a linked firmware", "build until it links; then take the baseline")
    if any(model.used is None for model in document.models):
        raise UsageError("the report is of a firmware without symbols", "link without -s; then take the baseline")
    return Baseline(
        document.environment,
        document.board,
        document.flash.used,
        document.ram.used,
        document.owners or (),
        tuple(_model(row) for row in document.models if row.used),
    )


def _model(row: ModelRow) -> BaselineModel:
    profile, quantization = row.profile, row.quantization
    return BaselineModel(
        row.name,
        row.flash or 0,
        row.ram or 0,
        max(profile.stack.init, profile.stack.invoke) if profile and profile.stack else None,
        upper_end(profile.latency_us) if profile and profile.latency_us else None,
        quantization.drop if quantization else None,
        metric_on(quantization.metric, quantization.data) if quantization else None,
        row.fingerprint or (),
        profile.outputs if profile else None,
    )
