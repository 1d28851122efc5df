"""RESIZE_BILINEAR on float32."""

from __future__ import annotations

from .. import resizing
from ..lowering import Support
from ..resize_bilinear import SHAPE_RULES

SUPPORT = Support(
    opcode="RESIZE_BILINEAR",
    summary="The size is a constant; align_corners or half_pixel_centers too.",
    kernels=("tinyml_resize_bilinear_f32",),
    rules=(*SHAPE_RULES, (resizing.inside(resizing.in_floats),)),
    lower=lambda instance: resizing.lower_resize(instance, "tinyml_resize_bilinear_f32", resizing.in_floats),
    types=("FLOAT32",),
)
