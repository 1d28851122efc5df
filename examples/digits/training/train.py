"""Train the digits model: a small CNN on the 1,797 handwritten digits that scikit-learn ships.

Writes models/digits.tflite (int8) and src/test_digits.h (the 360 held-out digits) beside this folder.
Needs `pip install tensorflow scikit-learn`; the firmware build needs neither.

    python training/train.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

EXAMPLE = Path(__file__).resolve().parent.parent
SIDE = 16  # each 8x8 digit is doubled, in training as in the firmware
EPOCHS = 120


def doubled(images: np.ndarray) -> np.ndarray:
    """(N, 8, 8) pixels 0..16 -> (N, 16, 16, 1) float32 in 0..1, every pixel repeated twice both ways."""
    return (images / 16.0).repeat(2, axis=1).repeat(2, axis=2)[..., np.newaxis].astype(np.float32)


def build_model() -> tf.keras.Model:
    """Three convolutions, two of them separable; the first one's output is what fills the arena."""
    layers = tf.keras.layers
    return tf.keras.Sequential(
        [
            layers.Input((SIDE, SIDE, 1), batch_size=1),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.DepthwiseConv2D(3, strides=2, padding="same", activation="relu"),
            layers.Conv2D(48, 1, activation="relu"),
            layers.DepthwiseConv2D(3, padding="same", activation="relu"),
            layers.Conv2D(48, 1, activation="relu"),
            layers.AveragePooling2D(4),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )


def to_int8(model: tf.keras.Model, samples: np.ndarray) -> bytes:
    """Full-integer quantization with `samples` as representative dataset."""
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([sample[np.newaxis]] for sample in samples)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.int8
    converter.inference_output_type = tf.int8
    return converter.convert()


def test_header(images: np.ndarray, labels: np.ndarray) -> str:
    """The held-out digits as a C header: 64 pixels of 0..16 each, and their labels."""
    rows = ",\n".join("    {" + ", ".join(str(int(p)) for p in image.ravel()) + "}" for image in images)
    return (
        "/* Written by training/train.py: the digits of scikit-learn's load_digits that training never saw. */\n"
        "#ifndef TEST_DIGITS_H\n#define TEST_DIGITS_H\n\n#include <stdint.h>\n\n"
        f"#define TEST_DIGITS {len(images)}\n\n"
        f"static const uint8_t test_pixels[TEST_DIGITS][64] = {{\n{rows}}};\n\n"
        "static const uint8_t test_labels[TEST_DIGITS] = {\n    "
        + ", ".join(str(int(label)) for label in labels)
        + "};\n\n#endif\n"
    )


def main() -> None:
    """Train, quantize, write."""
    tf.keras.utils.set_random_seed(1)
    tf.config.experimental.enable_op_determinism()
    digits = load_digits()
    train_x, test_x, train_y, test_y = train_test_split(
        digits.images, digits.target, test_size=360, random_state=1, stratify=digits.target
    )
    model = build_model()
    inputs = tf.keras.Input((SIDE, SIDE, 1))
    trainer = tf.keras.Model(inputs, model(inputs))  # any batch size; the model itself keeps 1
    decay = tf.keras.optimizers.schedules.CosineDecay(4e-3, decay_steps=EPOCHS * (len(train_x) // 32))
    trainer.compile(tf.keras.optimizers.Adam(decay), "sparse_categorical_crossentropy", metrics=["accuracy"])
    trainer.fit(doubled(train_x), train_y, epochs=EPOCHS, batch_size=32, verbose=2)
    print("float accuracy on the held-out digits:", trainer.evaluate(doubled(test_x), test_y, verbose=0)[1])
    (EXAMPLE / "models" / "digits.tflite").write_bytes(to_int8(model, doubled(train_x[:300])))
    (EXAMPLE / "src" / "test_digits.h").write_text(test_header(test_x, test_y), encoding="ascii")


if __name__ == "__main__":
    main()
