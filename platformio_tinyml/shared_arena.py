"""The arena that several models have in common, as C. Standard library only: the build writes it too."""

from __future__ import annotations

from collections.abc import Iterable

from .errors import UsageError
from .manifest import SHARED, SHARED_ARENA, Manifest

SOURCE = "tinyml_arena.c"
_TEXT = """\
/* {marker} */
/* The arena of these models, one at a time: {names}. */
#include <stdint.h>

#include "tinyml_attributes.h"

/* To place it elsewhere, define TINYML_SHARED_ARENA_ATTRIBUTE (docs/header.md). */
#ifndef TINYML_SHARED_ARENA_ATTRIBUTE
#define TINYML_SHARED_ARENA_ATTRIBUTE
#endif

#ifdef __cplusplus
extern "C" {{
#endif

extern uint8_t {arena}[];
TINYML_ALIGNED({alignment}) TINYML_SHARED_ARENA_ATTRIBUTE uint8_t {arena}[{size}];

#ifdef __cplusplus
}}
#endif
"""


def shared_arena_text(manifests: Iterable[Manifest], marker: str) -> str:
    """Of the size of the largest arena of the models that share one. UsageError where they cannot.

    An interpreter whole in the arena is destroyed by one that is split, which would not tell it.
    """
    sharing = [manifest for manifest in manifests if manifest.arena.whose == SHARED]
    if len({manifest.arena.persistent is None for manifest in sharing if manifest.runtime == "tflm"}) > 1:
        raise UsageError(
            "of the models that share an arena some have it split, and others not",
            "Generate all of them with --split-arena, or none.",
        )
    return _TEXT.format(
        marker=marker,
        names=", ".join(manifest.name for manifest in sharing),
        arena=SHARED_ARENA,
        alignment=max(manifest.arena.alignment for manifest in sharing),
        size=max(1, *(manifest.arena.head for manifest in sharing)),
    )
