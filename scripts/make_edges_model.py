"""Make examples/camera/models/edges.tflite: where a picture's brightness changes, as three convolutions.

    PYTHONPATH=tests python scripts/make_edges_model.py

Nothing is trained: the filters are those of textbooks, a blur and differences to the right and downwards, each of both
signs.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from model_builder import Builder, per_channel, per_tensor

from platformio_tinyml.model import Activation, Conv2DOptions, DepthwiseConv2DOptions, Padding, TensorType

MODEL = Path(__file__).resolve().parent.parent / "examples" / "camera" / "models" / "edges.tflite"
SIDE = 96
BRIGHTNESS = per_tensor(1 / 255, -128)
"""0 to 1, as the camera's pixels are."""
BLUR = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]])
ACROSS = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])


def edges() -> bytes:
    """The file."""
    builder = Builder()

    def weights(values: np.ndarray, scale: float, channels: int, dimension: int) -> list[int]:
        bias = np.zeros(channels, np.int32)
        return [
            builder.tensor(
                "filter",
                values.shape,
                quantization=per_channel([scale] * channels, dimension),
                data=values.astype(np.int8),
            ),
            builder.tensor(
                "bias",
                (channels,),
                TensorType.INT32,
                quantization=per_channel([scale / 255] * channels),
                data=bias,
            ),
        ]

    def image(name: str, channels: int) -> int:
        return builder.tensor(name, (1, SIDE, SIDE, channels), quantization=BRIGHTNESS)

    picture, blurred, changes, output = image("picture", 1), image("blurred", 1), image("changes", 4), image("edges", 1)
    same, relu = (Padding.SAME, 1, 1, 1, 1), Activation.RELU
    builder.operator(
        "DEPTHWISE_CONV_2D",
        [picture, *weights(BLUR.reshape(1, 3, 3, 1), 1 / 16, 1, 3)],
        [blurred],
        DepthwiseConv2DOptions(*same, 1, relu),
    )
    directions = np.stack([ACROSS, -ACROSS, ACROSS.T, -ACROSS.T]).reshape(4, 3, 3, 1)
    builder.operator("CONV_2D", [blurred, *weights(directions, 1 / 4, 4, 0)], [changes], Conv2DOptions(*same, relu))
    together = np.ones((1, 1, 1, 4))
    builder.operator("CONV_2D", [changes, *weights(together, 2, 1, 0)], [output], Conv2DOptions(*same, relu))
    return builder.build([picture], [output], description="edges of a picture, row by row")


if __name__ == "__main__":
    MODEL.write_bytes(edges())
