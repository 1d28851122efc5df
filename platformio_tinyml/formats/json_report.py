"""report.json, `schema: "tinyml-report/1"`: bytes as integers, every key always there, null where unknown."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from ..firmware.footprint import Footprint, SectionSize
from ..judgement.check import Check
from ..judgement.device import OnDevice
from ..judgement.owners import arena_owner, is_used, state_owner, weights_owner
from ..judgement.report import Report
from ..manifest import Manifest, PlacedBuffer
from ..measured.limits import Sizes

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
                "main": footprint.main(kind) if measured else None,
                "limit": getattr(report.limits, kind),
                "limit_source": _source(report, kind),
                "budget": report.budgets.allowed(kind),
                "platformio": getattr(report.platformio, kind),
            }
            for kind in ("flash", "ram")
        },
        "memories": footprint.memory.origin if measured else None,
        "regions": list(_regions(footprint, report.limits)) if measured else None,
        "owners": owner_rows(footprint) if measured else None,
        "checks": check_rows(report.checks),
        "baseline": asdict(report.baseline) if report.baseline else None,
        "notes": list(report.notes()),
    }
    return json.dumps(document, indent=1, ensure_ascii=True) + "\n"


def _source(report: Report, kind: str) -> str | None:
    return report.limits.source(kind) if getattr(report.limits, kind) is not None else None


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
            "unit": check.unit,
        }
        for check in checks
    ]


def _model(report: Report, manifest: Manifest) -> dict[str, object]:
    firmware = report.stage == "firmware"
    used = is_used(report.footprint, manifest) if firmware else None
    owners = {row.owner: row for row in report.footprint.owners()}
    weights = owners.get(weights_owner(manifest.name))
    rows = (weights, owners.get(arena_owner(manifest)), owners.get(state_owner(manifest.name)))
    known = used is not None
    return {
        "name": manifest.name,
        "source": manifest.source,
        "runtime": manifest.runtime,
        "operators": manifest.operators,
        "macs": manifest.macs,
        "weights": manifest.weights,
        "used": used,
        "flash": (weights.flash if weights else 0) if known else None,
        "ram": sum(row.ram for row in rows if row) if known else None,
        "arena": {
            "size": manifest.arena.size if manifest.arena.method else None,
            "lower_bound": manifest.arena.lower_bound,
            "planned_bound": manifest.arena.planned_bound,
            "alignment": manifest.arena.alignment,
            "method": manifest.arena.method,
            "whose": manifest.arena.whose,
            "persistent": manifest.arena.persistent if manifest.arena.method else None,
            "no_twin": manifest.arena.no_twin,
            "peak": _peak(manifest),
            "static": asdict(manifest.arena.static) if manifest.arena.static else None,
            "placements": [asdict(placed) for placed in manifest.arena.placements] or None,
        },
        "state": manifest.state,
        "calls": list(_calls(manifest)),
        "quantization": next((each.as_row() for each in report.quantizations if each.model == manifest.name), None),
        "simplification": _simplification(manifest),
        "verification": next((each.as_row() for each in report.verifications if each.name == manifest.name), None),
        "not_verified": dict(report.not_verified).get(manifest.name),
        "profile": next((each.as_row() for each in report.profiles if each.name == manifest.name), None),
        "device": next((_device(each) for each in report.devices if each.measured.name == manifest.name), None),
        "fingerprint": next(
            ([asdict(part) for part in each.parts] for each in report.fingerprints if each.name == manifest.name), None
        ),
    }


def _device(row: OnDevice) -> dict[str, object]:
    measured = row.measured
    return {
        "clock": measured.clock,
        "unit": measured.unit,
        "ticks": measured.ticks,
        "latency_us": measured.latency_us,
        "stack": asdict(measured.stack) if measured.stack else None,
        "arena": measured.arena,
        "inputs": measured.inputs,
        "stale": row.stale or None,
    }


def _simplification(manifest: Manifest) -> dict[str, object] | None:
    """Without what only `verify` wants."""
    row = asdict(manifest.simplification) if manifest.simplification else None
    return {key: value for key, value in row.items() if key not in ("cut", "resized", "unlike_tflm")} if row else None


def _peak(manifest: Manifest) -> dict[str, object] | None:
    peak = manifest.arena.peak
    if peak is None:
        return None
    return {
        "call": peak.call,
        "operator": peak.operator,
        "opcode": peak.opcode,
        "name": peak.name,
        "tensors": [{"name": name, "bytes": size} for name, size in peak.tensors],
    }


def _calls(manifest: Manifest) -> Iterator[dict[str, object]]:
    infos = manifest.call_infos or (None,) * len(manifest.calls)
    placements = manifest.arena.placements
    for index, ((operator, opcode, function, macs), info) in enumerate(zip(manifest.calls, infos, strict=True)):
        yield {
            "operator": operator,
            "opcode": opcode,
            "name": info.name if info else None,
            "function": function,
            "macs": macs,
            "shape": list(info.shape) if info else None,
            "constants": info.constants if info else None,
            "moved": info.moved if info else None,
            "live": _live(placements, index) if placements else None,
        }


def _live(placements: Sequence[PlacedBuffer], call: int) -> int:
    """Bytes of the arena in use during a call; those that two buffers share count once."""
    total = reached = 0
    for placed in sorted(placements, key=lambda placed: placed.offset):
        if placed.first_used <= call <= placed.last_used:
            end = placed.offset + placed.size
            total += max(end - max(placed.offset, reached), 0)
            reached = max(reached, end)
    return total


def _regions(footprint: Footprint, limits: Sizes) -> Iterator[dict[str, object]]:
    """Each memory and what it holds; contents that lie in no one flash (a boot loader copies them) under `other`.

    A main memory has no more than the limit.
    """
    sections: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    owners: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    places = {section.name: list(_places(section)) for section in footprint.sections}
    for section in footprint.sections:
        for kind, place in places[section.name]:
            sections[kind, place][section.name] += getattr(section, kind)
    for entry in footprint.entries:
        for kind, place in places[entry.section]:
            owners[kind, place][entry.owner] += getattr(entry, kind)
    known = {(region.kind, region.name): region for region in footprint.memory.known + footprint.memory.inferred}
    for kind, place in {**known, **sections}:
        region = known.get((kind, place))
        used = sum(sections[kind, place].values())
        limit = None if region is None or region.beside else getattr(limits, kind)
        size = min(region.size, limit or region.size) if region else None
        if (kind != "other" and not (region and region.alias)) or used:
            yield {
                "name": place or "other",
                "kind": kind,
                "start": region.start if region else None,
                "size": size,
                "origin": region.origin if region else None,
                "used": used,
                "free": max(size - used, 0) if size is not None else None,
                "owners": _parts(owners[kind, place]),
                "sections": _parts(sections[kind, place]),
            }


def _places(section: SectionSize) -> Iterator[tuple[str, str]]:
    """(kind, name of the region) for each kind that the section takes."""
    for kind, field in (("flash", "stored"), ("ram", "region"), ("other", "region")):
        if getattr(section, kind):
            yield kind, getattr(section, field)


def _parts(sizes: dict[str, int]) -> list[dict[str, object]]:
    rows = sorted(sizes.items(), key=lambda row: (-row[1], row[0]))
    return [{"name": name, "bytes": size} for name, size in rows if size]
