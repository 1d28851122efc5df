"""Train the shapes model on scenes that training/scenes.py draws, as src/camera.c does.

Writes models/shapes.tflite (int8) beside this folder. Needs `pip install tensorflow`; the firmware build does not.

    python training/train.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tensorflow as tf
from scenes import KINDS, SIDE, scene

EXAMPLE = Path(__file__).resolve().parent.parent
TRAINING = range(10_000, 15_000)
"""Seeds; the firmware looks at scenes from 1 on."""


def build_model(batch: int | None) -> tf.keras.Model:
    """Convolutions that halve the picture, a mean over all of it, and scores."""
    layers = tf.keras.layers
    parts = [layers.Input((SIDE, SIDE, 1), batch_size=batch), *_normalized(layers.Conv2D(8, 3, 2, "same"))]
    for channels, stride in ((16, 2), (24, 2), (32, 2), (32, 1)):
        parts += _normalized(layers.DepthwiseConv2D(3, stride, "same", use_bias=False))
        parts += _normalized(layers.Conv2D(channels, 1, use_bias=False))
    parts += [layers.GlobalAveragePooling2D(), layers.Dense(KINDS, activation="softmax")]
    return tf.keras.Sequential(parts)


def _normalized(layer: tf.keras.layers.Layer) -> list[tf.keras.layers.Layer]:
    return [layer, tf.keras.layers.BatchNormalization(momentum=0.9), tf.keras.layers.ReLU()]


def to_int8(model: tf.keras.Model, samples: np.ndarray) -> bytes:
    """Full-integer quantization with `samples` as representative data; pixels stay what they are, less 128."""
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    extremes = [np.zeros_like(samples[:1]), np.ones_like(samples[:1])]
    converter.representative_dataset = lambda: ([each] for each in [*extremes, *samples[:, np.newaxis]])
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.int8
    converter.inference_output_type = tf.int8
    return converter.convert()


def main() -> None:
    """Train, quantize, write."""
    tf.keras.utils.set_random_seed(1)
    tf.config.experimental.enable_op_determinism()
    kinds, pictures = zip(*map(scene, TRAINING), strict=True)
    x = np.stack(pictures)[..., np.newaxis].astype(np.float32) / 255
    trainer = build_model(None)
    trainer.compile(tf.keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    trainer.fit(x, np.array(kinds), epochs=20, batch_size=32, verbose=2, validation_split=0.1)
    model = build_model(1)
    model.set_weights(trainer.get_weights())
    (EXAMPLE / "models" / "shapes.tflite").write_bytes(to_int8(model, x[:200]))


if __name__ == "__main__":
    main()
