"""RESIZE_BILINEAR."""

from __future__ import annotations

from ..model import ResizeOptions
from . import resizing
from .common import computed_input, operands
from .copying import constant_integers, one_type
from .interval_rules import same_channels
from .lowering import Support
from .picking import short_lists

SHAPE_RULES = (
    (operands(2, 0, ResizeOptions),),
    (one_type(0), constant_integers(1, "size"), computed_input),
    (resizing.resized_shape, resizing.one_convention, short_lists),
)
"""Whatever the type."""

SUPPORT = Support(
    opcode="RESIZE_BILINEAR",
    summary="The size is a constant; align_corners or half_pixel_centers too.",
    kernels=("tinyml_resize_bilinear_s8",),
    rules=(*SHAPE_RULES, (resizing.inside(resizing.in_1024ths),)),
    lower=lambda instance: resizing.lower_resize(instance, "tinyml_resize_bilinear_s8", resizing.in_1024ths),
    interval=same_channels,
)
