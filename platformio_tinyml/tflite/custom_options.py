"""Options of the signal library's custom operators: a flexbuffer map of whole numbers -> SignalOptions."""

from __future__ import annotations

import struct

from ..model import SignalOptions

PREFIX = "Signal"
"""Of the custom codes of that library (signal/ of tflite-micro)."""
_MOST = 64
"""Entries of such a map."""


def read_custom_options(code: str, data: bytes) -> SignalOptions | None:
    """None for operators of other libraries, and for bytes that are no such map."""
    if not code.startswith(PREFIX):
        return None
    from flatbuffers import flexbuffers

    try:
        entries = flexbuffers.GetRoot(data).AsMap
        if len(entries) > _MOST:
            return None
        pairs = zip(entries.Keys, entries.Values, strict=True)
        return SignalOptions(tuple((key.AsKey, value.AsInt) for key, value in pairs if value.IsInt or value.IsBool))
    except (ValueError, TypeError, IndexError, KeyError, OverflowError, struct.error):
        return None
