"""All networks of the zoo: name -> file."""

from __future__ import annotations

import zlib

from images import IMAGES
from network import Network, WideNetwork
from pixels import PIXELS
from sequences import SEQUENCES

_OF_INT8 = {**IMAGES, **PIXELS, **SEQUENCES}
_ALSO_WIDE = ("ds_cnn", "resnet8", "mobilenet_v2", "unet_transpose_conv", "tcn", "gru")
WIDE = {f"{name}_16x8": _OF_INT8[name] for name in _ALSO_WIDE}
"""Those of int16."""
MAKERS = {**_OF_INT8, **WIDE}


def network(name: str) -> bytes:
    """The file; the same each time."""
    make = WideNetwork if name in WIDE else Network
    return MAKERS[name](make(zlib.crc32(name.encode())))
