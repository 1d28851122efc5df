"""A tracer for each runtime."""

from __future__ import annotations

from ..emulate.linked_model import LinkedModel
from ..manifest import Manifest
from .compiled import CompiledTracer
from .interpreter import InterpreterTracer
from .trace import Tracer


def make_tracer(linked: LinkedModel, manifest: Manifest) -> Tracer:
    """For the runtime that the manifest names. Raises Untraceable."""
    kind = InterpreterTracer if manifest.runtime == "tflm" else CompiledTracer
    return kind(linked, manifest)
