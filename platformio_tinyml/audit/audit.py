"""ELF -> Audit: the models found, the arena that each needs beside what there is, and what to change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import ModelError
from ..firmware.image import Image
from ..operators import check_model, lower_model
from ..schedule import schedule_arena
from ..tflm.kernel_sets import Kernels
from ..tflm.static_plan import StaticPlan, static_plan
from ..tflm.struct_sizes import StructSizes
from .find import FoundArena, FoundModel, find_arenas, find_models
from .resolver import Resolver, audit_resolver

_ERROR_STRING = b"Failed to resize buffer. Requested: %"
"""Of single_arena_buffer_allocator.cc; only there without TF_LITE_STRIP_ERROR_STRINGS."""

_HELIUM = ("cortex-m52", "cortex-m55", "cortex-m85", "8.1-m.main")
"""What an ELF calls a CPU, or an architecture, that may have MVE."""


@dataclass(frozen=True, slots=True)
class AuditedModel:
    """`plan` is what TFLM needs, None with the reason in `no_plan`; `compiled` is our own runtime's arena in bytes."""

    found: FoundModel
    plan: StaticPlan | None
    no_plan: str
    compiled: int | None


@dataclass(frozen=True, slots=True)
class Audit:
    """`method` of all plans: bound (struct sizes of the project's compiler) or estimate (typical ones).

    `kernels_seen`: the symbols say which kernels are linked, else they are assumed. `error_strings` is None where no
    model was found. `wasted` is the arena's size minus what its model needs (negative: too small), None unless there
    is one of each, and the arena no guess.
    """

    image: Image
    kernels: Kernels
    kernels_seen: bool
    method: str
    models: tuple[AuditedModel, ...]
    arenas: tuple[FoundArena, ...]
    wasted: int | None
    resolver: Resolver
    error_strings: bool | None


def audit(
    image: Image, sizes: StructSizes, method: str, kernels: Kernels | None, kernel_bytes: Mapping[str, int]
) -> Audit:
    """Look at everything. `kernels` None: as the symbols say; `kernel_bytes` of flash by kernel (`conv`)."""
    seen = _kernels(image)
    used = kernels or seen or _assumed_kernels(image)
    models = tuple(_audit_model(found, sizes, used) for found in find_models(image))
    needs = [model.plan.size if model.plan else 0 for model in models]
    arenas = find_arenas(image, min(needs, default=0))
    single = len(models) == len(arenas) == 1 and models[0].plan is not None and arenas[0].named
    return Audit(
        image=image,
        kernels=used,
        kernels_seen=kernels is not None or seen is not None,
        method=method,
        models=models,
        arenas=arenas,
        wasted=arenas[0].size - needs[0] if single else None,
        resolver=audit_resolver(image, [model.found.model for model in models], kernel_bytes),
        error_strings=any(_ERROR_STRING in segment.data for segment in image.segments) if models else None,
    )


def _audit_model(found: FoundModel, sizes: StructSizes, kernels: Kernels) -> AuditedModel:
    plan, reason = None, ""
    try:
        plan = static_plan(found.model, sizes, kernels, found.offline)
    except ModelError as error:
        reason = error.message.removeprefix("no bound for the arena: ")
    compiled = None
    if plan is not None and not check_model(found.model):
        compiled = schedule_arena(lower_model(found.model)).plan.size
    return AuditedModel(found, plan, reason, compiled)


def _kernels(image: Image) -> Kernels | None:
    """What the symbols say; None without symbols of TFLM."""
    names = [symbol.name for symbol in image.symbols]
    if any(name.startswith(("arm_convolve_", "arm_depthwise_conv_", "arm_fully_connected_")) for name in names):
        return _cmsis(image)
    esp = [name for name in names if name.startswith("esp_nn_")]
    if esp:
        return Kernels.ESP_NN_S3 if any("esp32s3" in name for name in esp) else Kernels.ESP_NN
    return Kernels.REFERENCE if any("6tflite" in name for name in names) else None


def _cmsis(image: Image) -> Kernels:
    return Kernels.CMSIS_NN_MVE if image.cpu.lower() in _HELIUM else Kernels.CMSIS_NN


def _assumed_kernels(image: Image) -> Kernels:
    """Those that take the most on the machine."""
    if image.machine == "arm":
        return _cmsis(image)
    return Kernels.ESP_NN_S3 if image.machine == "xtensa" else Kernels.REFERENCE
