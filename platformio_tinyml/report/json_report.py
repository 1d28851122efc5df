"""report.json, `schema: "tinyml-report/1"`: bytes as integers, every key always there, null where unknown."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ..firmware.footprint import Footprint
from ..manifest import Manifest
from .checks import Check, is_used
from .owners import arena_owner, weights_owner
from .report import Report

SCHEMA = "tinyml-report/1"


def as_json(report: Report) -> str:
    """JSON text ending in a newline."""
    measured = report.stage != "preflight"
    footprint = report.footprint
    document = {
        "schema": SCHEMA,
        "ok": report.ok,
        "stage": report.stage,
        "environment": report.environment,
        "board": report.board,
        "models": [_model(report, manifest) for manifest in report.manifests],
        **{
            kind: {
                "used": getattr(footprint, kind) if measured else None,
                "limit": getattr(report.limits, kind),
                "budget": getattr(report.budgets.firmware, kind),
                "platformio": getattr(report.platformio, kind),
            }
            for kind in ("flash", "ram")
        },
        "memories": footprint.memory.origin if measured else None,
        "owners": owner_rows(footprint) if measured else None,
        "checks": check_rows(report.checks),
        "notes": list(report.notes()),
    }
    return json.dumps(document, indent=1, ensure_ascii=True) + "\n"


def owner_rows(footprint: Footprint) -> list[dict[str, object]]:
    """Largest first."""
    return [{"owner": row.owner, "flash": row.flash, "ram": row.ram} for row in footprint.owners()]


def check_rows(checks: Sequence[Check]) -> list[dict[str, object]]:
    """In the order they were made."""
    return [
        {
            "name": check.name,
            "ok": check.ok,
            "actual": check.actual,
            "limit": check.limit,
            "message": check.message or None,
            "advice": list(check.advice),
        }
        for check in checks
    ]


def _model(report: Report, manifest: Manifest) -> dict[str, object]:
    firmware = report.stage == "firmware"
    used = is_used(report.footprint, manifest) if firmware else None
    owners = {row.owner: row for row in report.footprint.owners()}
    weights, arena = owners.get(weights_owner(manifest.name)), owners.get(arena_owner(manifest.name))
    known = used is not None
    return {
        "name": manifest.name,
        "source": manifest.source,
        "runtime": manifest.runtime,
        "operators": manifest.operators,
        "macs": manifest.macs,
        "used": used,
        "flash": (weights.flash if weights else 0) if known else None,
        "ram": (arena.ram if arena else 0) if known else None,
        "arena": {
            "size": manifest.arena.size,
            "lower_bound": manifest.arena.lower_bound,
            "method": manifest.arena.method,
        },
    }
