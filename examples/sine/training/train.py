"""Train the sine model: y = sin(x) for x in 0..2 pi, three fully connected operators.

Writes models/sine.tflite (int8) beside this folder. Needs `pip install tensorflow`; the firmware build does not.

    python training/train.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tensorflow as tf

EXAMPLE = Path(__file__).resolve().parent.parent
EPOCHS = 300


def main() -> None:
    """Train, quantize, write."""
    tf.keras.utils.set_random_seed(1)
    tf.config.experimental.enable_op_determinism()
    x = np.linspace(0, 2 * np.pi, 2000, dtype=np.float32)[:, np.newaxis]
    layers = tf.keras.layers
    model = tf.keras.Sequential(
        [
            layers.Input((1,), batch_size=1),
            layers.Dense(16, activation="relu"),
            layers.Dense(16, activation="relu"),
            layers.Dense(1),
        ]
    )
    inputs = tf.keras.Input((1,))
    trainer = tf.keras.Model(inputs, model(inputs))  # any batch size; the model itself keeps 1
    decay = tf.keras.optimizers.schedules.CosineDecay(1e-2, decay_steps=EPOCHS * (len(x) // 50))
    trainer.compile(tf.keras.optimizers.Adam(decay), "mse")
    trainer.fit(x, np.sin(x), epochs=EPOCHS, batch_size=50, verbose=2)

    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([value[np.newaxis]] for value in x[::10])
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.int8
    converter.inference_output_type = tf.int8
    (EXAMPLE / "models" / "sine.tflite").write_bytes(converter.convert())


if __name__ == "__main__":
    main()
