"""What was found, as the JSON that `check` reads."""

from __future__ import annotations

from dataclasses import asdict

from ..manifest import Manifest
from .compare import Verdict
from .oracles import Oracles
from .samples import Samples


def as_document(manifest: Manifest, samples: Samples, oracles: Oracles, verdict: Verdict) -> dict[str, object]:
    """`schema: "tinyml-verify/1"`."""
    return {
        "schema": "tinyml-verify/1",
        "ok": verdict.difference is None,
        "name": manifest.name,
        "oracles": [
            {"name": oracle.name, "independent": oracle.independent, "difference": difference}
            for oracle, difference in zip(oracles.found, verdict.differences, strict=True)
        ],
        "missing": list(oracles.missing),
        "inputs": verdict.inputs,
        "source": samples.source,
        "difference": verdict.difference,
        "tensor": asdict(verdict.tensor) if verdict.tensor else None,
        "instructions": verdict.instructions,
        "stack": {"init": verdict.init_stack, "invoke": verdict.stack},
    }
