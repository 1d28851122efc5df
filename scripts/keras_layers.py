"""Write docs/keras_layers.md: which operators each layer of Keras becomes, and whether this library takes them.

TINYML_TENSORFLOW_PYTHON=path/to/python python scripts/keras_layers.py docs/keras_layers.md

Every line is a conversion: that interpreter makes a model of the one layer, converts it and makes it int8 with the code
that a build does it with; this one reads what came out and asks the compiled runtime.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

HEAD = """\
# Layers of Keras

What each layer becomes in an int8 model, whether the compiled runtime takes it, and what to write instead where not.

Every line was converted and made int8, of a model of that layer alone ({versions};
`scripts/keras_layers.py` of the repository writes this page). In a network neighbours are fused: an activation or a
batch normalization behind a convolution costs nothing of its own. Recurrent layers are unrolled, step by step: long
series make many operators. A file that leaves the batch open (`keras.Input` without `batch_size`) is run with a
batch of 1, and the shapes that follow from it ([simplify.md](simplify.md)); with the runtime tflm give `batch_size=1`.

What is not taken may still run with the runtime tflm, if your TensorFlow Lite Micro has the operators: see
[tflm.md](tflm.md). The rules of each operator: [operators.md](operators.md).

"""


@dataclass(frozen=True)
class Layer:
    """A layer as it is written, of an input of `shape` without the batch; what to write where it is not taken."""

    code: str
    shape: tuple[int, ...]
    instead: str = ""


IMAGE, SERIES, VECTOR = (16, 16, 4), (16, 8), (24,)
GROUPS: dict[str, tuple[Layer, ...]] = {
    "Dense and convolution": (
        Layer("Dense(8)", VECTOR),
        Layer("Dense(8, activation='relu')", VECTOR),
        Layer("Dense(8, activation='softmax')", VECTOR),
        Layer("Dense(8)", SERIES),
        Layer("EinsumDense('abc,cd->abd', output_shape=(None, 6))", SERIES),
        Layer("Conv1D(8, 3, padding='same')", SERIES),
        Layer("Conv1D(8, 3, padding='causal')", SERIES),
        Layer("Conv1D(8, 3, dilation_rate=2)", SERIES),
        Layer("DepthwiseConv1D(3)", SERIES),
        Layer("SeparableConv1D(8, 3)", SERIES),
        Layer("Conv1DTranspose(8, 3, strides=2)", SERIES),
        Layer("Conv2D(8, 3)", IMAGE),
        Layer("Conv2D(8, 3, strides=2, padding='same')", IMAGE),
        Layer("Conv2D(8, 3, dilation_rate=2)", IMAGE),
        Layer("Conv2D(8, 3, groups=2)", IMAGE),
        Layer("DepthwiseConv2D(3)", IMAGE),
        Layer("DepthwiseConv2D(3, depth_multiplier=2)", IMAGE),
        Layer("SeparableConv2D(8, 3)", IMAGE),
        Layer("Conv2DTranspose(8, 3, strides=2)", IMAGE),
        Layer("Conv3D(4, 3)", (8, 8, 8, 2), "Reshape one axis into the channels, then Conv2D"),
    ),
    "Pooling": (
        Layer("MaxPooling1D(2)", SERIES),
        Layer("AveragePooling1D(2)", SERIES),
        Layer("GlobalAveragePooling1D()", SERIES),
        Layer("GlobalMaxPooling1D()", SERIES),
        Layer("MaxPooling2D(2)", IMAGE),
        Layer("AveragePooling2D(2)", IMAGE),
        Layer("GlobalAveragePooling2D()", IMAGE),
        Layer("GlobalMaxPooling2D()", IMAGE),
        Layer("MaxPooling3D(2)", (8, 8, 8, 2), "Reshape, then MaxPooling2D"),
    ),
    "Normalization": (
        Layer("BatchNormalization()", IMAGE),
        Layer("LayerNormalization()", SERIES),
        Layer("GroupNormalization(2)", IMAGE),
        Layer("UnitNormalization()", VECTOR),
        Layer("Normalization(mean=0.5, variance=2.0)", VECTOR),
        Layer("Rescaling(1.0 / 255)", IMAGE),
    ),
    "Activation": (
        Layer("ReLU()", IMAGE),
        Layer("ReLU(max_value=6)", IMAGE),
        Layer("LeakyReLU()", IMAGE),
        Layer("PReLU(shared_axes=[1, 2])", IMAGE),
        Layer("ELU()", IMAGE, "LeakyReLU, or ReLU"),
        Layer("Softmax()", VECTOR),
        Layer("Activation('sigmoid')", IMAGE),
        Layer("Activation('tanh')", IMAGE),
        Layer("Activation('hard_sigmoid')", IMAGE),
        Layer("Activation('hard_swish')", IMAGE),
        Layer("Activation('swish')", IMAGE),
        Layer("Activation('gelu')", IMAGE, "swish, or hard_swish"),
        Layer("Activation('selu')", IMAGE, "ReLU after BatchNormalization"),
        Layer("Activation('mish')", IMAGE, "hard_swish"),
        Layer("Activation('softplus')", IMAGE, "ReLU"),
        Layer("Activation('softsign')", IMAGE),
        Layer("Activation('exponential')", IMAGE, "as the last layer: in the application"),
        Layer("Activation('log_softmax')", VECTOR),
    ),
    "Recurrent": (
        Layer("LSTM(8)", SERIES),
        Layer("LSTM(8, return_sequences=True)", SERIES),
        Layer("GRU(8)", SERIES),
        Layer("SimpleRNN(8)", SERIES),
        Layer("Bidirectional(LSTM(4))", SERIES),
        Layer("TimeDistributed(Dense(4))", SERIES),
        Layer("ConvLSTM1D(4, 3)", (4, 8, 2)),
    ),
    "Attention": (
        Layer("MultiHeadAttention(2, 4)(x, x)", SERIES),
        Layer("Attention()([x, x])", SERIES),
        Layer("Embedding(20, 8)", (16,), "an index as input is no int8: look up in the application, give the rows"),
    ),
    "Shape": (
        Layer("Flatten()", IMAGE),
        Layer("Reshape((32, 32))", IMAGE),
        Layer("Permute((2, 1))", SERIES),
        Layer("RepeatVector(3)", VECTOR),
        Layer("ZeroPadding1D(2)", SERIES),
        Layer("ZeroPadding2D(2)", IMAGE),
        Layer("Cropping1D(2)", SERIES),
        Layer("Cropping2D(2)", IMAGE),
        Layer("UpSampling1D(2)", SERIES),
        Layer("UpSampling2D(2)", IMAGE),
        Layer("UpSampling2D(2, interpolation='bilinear')", IMAGE),
        Layer("Resizing(8, 8)", IMAGE),
        Layer("CenterCrop(8, 8)", IMAGE),
    ),
    "Merging (of the input with itself through a Dense)": (
        Layer("Add()", VECTOR),
        Layer("Subtract()", VECTOR),
        Layer("Multiply()", VECTOR),
        Layer("Average()", VECTOR),
        Layer("Maximum()", VECTOR),
        Layer("Minimum()", VECTOR),
        Layer("Concatenate()", VECTOR),
        Layer("Dot(axes=1)", VECTOR),
    ),
    "Only while training": (
        Layer("Dropout(0.3)", VECTOR),
        Layer("SpatialDropout1D(0.3)", SERIES),
        Layer("GaussianNoise(0.3)", VECTOR),
        Layer("ActivityRegularization()", VECTOR),
    ),
    "Preprocessing": (
        Layer("Discretization(bin_boundaries=[0.0, 1.0])", VECTOR, "compare in the application"),
        Layer("MelSpectrogram(fft_length=64)", (512,), "the signal operators: examples/words; or features in C"),
    ),
}
MERGING = next(name for name in GROUPS if name.startswith("Merging"))


def make(folder: Path) -> None:
    """In the interpreter that has TensorFlow: `<group>-<number>.tflite` of every layer, or `.txt` with what it said."""
    import numpy
    import tensorflow as tf

    from platformio_tinyml.quantize.workers import no_int8
    from platformio_tinyml.quantize.workers.calibrate import quantize
    from platformio_tinyml.quantize.workers.data import RANDOM, Samples
    from platformio_tinyml.quantize.workers.int8_forms import with_int8_forms
    from platformio_tinyml.quantize.workers.load import open_source
    from platformio_tinyml.quantize.workers.say import Refusal

    keras = tf.keras
    names = {name: getattr(keras.layers, name) for name in dir(keras.layers) if name[0].isupper()}

    for group, layers in GROUPS.items():
        for number, layer in enumerate(layers):
            target = folder / f"{list(GROUPS).index(group)}-{number}"
            keras.utils.set_random_seed(number)
            inputs = keras.Input(layer.shape)
            made = eval(layer.code, names | {"x": inputs})  # noqa: S307 - our own lines above
            if group == MERGING:
                made = made([inputs, keras.layers.Dense(VECTOR[0])(inputs)])
            model = keras.Model(inputs, made(inputs) if isinstance(made, keras.layers.Layer) else made)
            try:
                no_int8.refuse(model.get_config(), "it")
                saved = folder / "model.keras"
                model.save(saved)
                opened = open_source(saved, "keras", "it", False)
                shape = (32, *opened.inputs[0].shape[:1], *layer.shape)
                array = numpy.random.default_rng(number).standard_normal(shape).astype(numpy.float32)
                samples = Samples((array,), RANDOM)
                float_model = with_int8_forms(opened.to_float([array.shape[1:]]))
                int8 = quantize(float_model, samples, "int8", "int8", lambda *_: None)
                target.with_suffix(".tflite").write_bytes(int8)
            except Refusal as refusal:
                target.with_suffix(".txt").write_text(refusal.message, "utf-8")
    versions = f"TensorFlow {tf.__version__}, Keras {keras.__version__}"
    (folder / "versions.json").write_text(json.dumps(versions))


def page(folder: Path) -> str:
    """The page, of what `make` wrote."""
    text = HEAD.format(versions=json.loads((folder / "versions.json").read_text()))
    for index, (group, layers) in enumerate(GROUPS.items()):
        rows = "".join(row(layer, folder / f"{index}-{number}") for number, layer in enumerate(layers))
        text += (
            f"## {group}\n\n| layer | input | operators | taken | instead |\n| --- | --- | --- | --- | --- |\n{rows}\n"
        )
    return text.rstrip() + "\n"


def row(layer: Layer, made: Path) -> str:
    """A line of the table."""
    from platformio_tinyml.errors import ModelError
    from platformio_tinyml.operators import check_model
    from platformio_tinyml.tflite import read_model

    code = f"`{layer.code}` | {' x '.join(map(str, layer.shape))}"
    if not made.with_suffix(".tflite").exists():
        said = made.with_suffix(".txt").read_text("utf-8").partition(":")[0].removeprefix("it has ")
        return f"| {code} | - | no: {said} | {layer.instead} |\n"
    try:
        model = read_model(made.with_suffix(".tflite").read_bytes(), "layer")
    except ModelError as error:
        if "no operators" not in error.message:
            raise
        return f"| {code} | none | yes: it is gone in the model | |\n"
    counts = Counter(operator.kind for operator in model.operators)
    operators = ", ".join(f"{count} {kind}" if count > 1 else kind for kind, count in counts.items())
    broken = [
        each.operator.partition(" (")[0] or each.found.partition(" (")[0].removeprefix("none for ")
        for each in check_model(model)
    ]
    taken = f"no: {', '.join(broken)}" if broken else "yes"
    return f"| {code} | {operators} | {taken} | {layer.instead if broken else ''} |\n"


def main(arguments: list[str]) -> None:
    """`PAGE`, or `--make FOLDER` in the interpreter that has TensorFlow."""
    if len(arguments) == 2 and arguments[0] == "--make":
        make(Path(arguments[1]))
        return
    python = os.environ.get("TINYML_TENSORFLOW_PYTHON")
    if len(arguments) != 1 or not python:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([python, __file__, "--make", folder], check=True)
        Path(arguments[0]).write_text(page(Path(folder)), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
