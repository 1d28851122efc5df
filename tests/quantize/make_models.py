"""Run by an interpreter that has TensorFlow: write small trained-like models of every kind into a folder.

python make_models.py FOLDER keras3      TF_USE_LEGACY_KERAS=1 python make_models.py FOLDER keras2
"""

import sys
from pathlib import Path

import numpy as np
import tensorflow as tf

folder, which = Path(sys.argv[1]), sys.argv[2]
keras = tf.keras
layers = keras.layers
keras.utils.set_random_seed(7)
rng = np.random.default_rng(7)


def network():
    return keras.Sequential(
        [
            keras.Input((8, 6, 1)),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.DepthwiseConv2D(3, strides=2, padding="same", activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Flatten(),
            layers.Dense(4, activation="softmax"),
        ]
    )


def with_lambda(marker):
    """When it is called, its Lambda layer writes a file; loading it calls it."""
    code = eval(f"lambda x: (open({str(marker)!r}, 'w').close(), x)[1]")
    return keras.Sequential([keras.Input((4,)), layers.Lambda(code, output_shape=(4,)), layers.Dense(2)])


if which == "keras3":
    model = network()
    x = rng.normal(size=(300, 8, 6, 1)).astype(np.float32)
    y = rng.integers(0, 4, 300)
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x, y, epochs=3, verbose=0)
    model.save(folder / "net.keras")
    model.save(folder / "net.h5")
    model.export(folder / "net")
    np.savez(folder / "data.npz", x=x[:200])
    np.savez(folder / "eval.npz", x=x, y=model.predict(x, verbose=0).argmax(1))

    spec = tf.TensorSpec((1, 8, 6, 1), tf.float32, name="x")
    function = tf.function(lambda x: model(x, training=False)).get_concrete_function(spec)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function])
    (folder / "net.tflite").write_bytes(converter.convert())
    converter.optimizations, converter.target_spec.supported_types = [tf.lite.Optimize.DEFAULT], [tf.float16]
    (folder / "half.tflite").write_bytes(converter.convert())
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function])
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.representative_dataset = lambda: ([sample[np.newaxis]] for sample in x[:200])
    converter.inference_input_type = converter.inference_output_type = tf.int8
    (folder / "reference.tflite").write_bytes(converter.convert())

    left, right = keras.Input((3,), name="left"), keras.Input((5,), name="right")
    joined = layers.Add()([layers.Dense(4)(left), layers.Dense(4)(right)])
    keras.Model([left, right], layers.Dense(1)(joined)).save(folder / "two.keras")
    heads = [layers.Dense(2, name="score")(joined), layers.Dense(2, "sigmoid", name="aux")(joined)]
    keras.Model([left, right], heads).save(folder / "heads.keras")
    keras.Model([left, right], {"score": heads[0], "aux": heads[1]}).export(folder / "heads")
    converter = tf.lite.TFLiteConverter.from_saved_model(str(folder / "heads"))
    (folder / "heads.tflite").write_bytes(converter.convert())
    np.savez(folder / "two.npz", right=rng.normal(size=(150, 5)), left=rng.normal(size=(150, 3)))

    doubling = keras.Sequential([keras.Input((4,)), layers.Lambda(lambda x: 2 * x), layers.Dense(2)])
    doubling.save(folder / "doubling.keras")
    steps = keras.Input((12, 8))
    for name, layer in {
        "lstm": layers.LSTM(6, dropout=0.1, recurrent_dropout=0.1),
        "gru": layers.GRU(6, reset_after=False),
        "two-ways": layers.Bidirectional(layers.GRU(5)),
        "cells": layers.RNN([layers.LSTMCell(3), layers.GRUCell(4, dropout=0.1)]),
    }.items():
        keras.Model(steps, layers.Dense(3)(layer(steps))).save(folder / f"{name}.keras")
    keras.Model(steps, layers.LSTM(6)(steps)).export(folder / "lstm")
    x = layers.Dense(8, "elu")(layers.UpSampling1D(2)(layers.LayerNormalization()(steps)))
    x = layers.Dense(8)(keras.ops.square(x) - 0.5 * -x)
    keras.Model(steps, layers.Dense(3)(layers.UnitNormalization()(x))).save(folder / "norms.keras")
    np.savez(folder / "steps.npz", x=rng.normal(size=(120, 12, 8)))
    with_lambda(folder / "ran").save(folder / "lambda.keras")
    with_lambda(folder / "ran").save(folder / "lambda.h5")

    class Python(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((1, 4), tf.float32)])
        def __call__(self, x):
            return tf.reshape(tf.numpy_function(lambda value: value, [x], tf.float32), (1, 4))

    python = Python()
    tf.saved_model.save(python, str(folder / "python"), signatures=python.__call__)
else:
    model = network()
    model.save(folder / "old.h5")
    model.save(folder / "old.keras")
    model.compile("adam", "mse")
    model.fit(rng.normal(size=(8, 8, 6, 1)), rng.normal(size=(8, 4)), verbose=0)
    model.save(folder / "old", save_format="tf")
    steps = keras.Input((12, 8))
    keras.Model(steps, layers.Dense(3)(layers.LSTM(6)(steps))).save(folder / "oldlstm.h5")
    with_lambda(folder / "ran").save(folder / "oldlambda", save_format="tf")
    with_lambda(folder / "ran").save(folder / "oldlambda.h5")
(folder / "ran").unlink(missing_ok=True)
