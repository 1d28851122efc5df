"""A float .tflite file and samples -> an int8 .tflite file.

These are the two steps that `tf.lite.TFLiteConverter` takes after its float conversion for `Optimize.DEFAULT`,
`TFLITE_BUILTINS_INT8` and a representative dataset. Called by themselves they take float files too, also such
without a signature, and the float form is there to compare with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .data import Samples
from .fused_elu import with_fused_elu
from .recurrent import loop_refusal
from .running import first_line
from .say import Refusal

_KEEP_CONSTANTS = b"keep_stablehlo_constant"
_LOOPS = {"WHILE", "IF", "CALL", "CALL_ONCE"}

Progress = Callable[[str, int, int], None]


def quantize(float_model: bytes, samples: Samples, input_type: str, activations: str, progress: Progress) -> bytes:
    """Int8 weights (per channel), `activations` int8 or int16; `input_type` of inputs and outputs: int8 or float.

    With int16 activations biases are int64, and inputs and outputs int16 where int8 is asked for.

    Operators that have no int8 form stay in float. Refusal where TensorFlow fails.
    """
    import tensorflow as tf
    from tensorflow.lite.python import schema_py_generated as schema
    from tensorflow.lite.python.convert import mlir_quantize
    from tensorflow.lite.python.optimize import calibrator

    def feed() -> Iterator[list[np.ndarray]]:
        for index in range(len(samples)):
            yield [array[index] for array in samples.arrays]
            progress("calibrating, sample", index + 1, len(samples))

    _refuse_loops(float_model, schema)
    float_model = _without_kept_constants(float_model, schema)
    type_of_activations = tf.int16 if activations == "int16" else tf.int8
    kind = type_of_activations if input_type == "int8" else tf.float32
    try:
        prepared = calibrator.add_intermediate_tensors(float_model)
        quantizer = calibrator.Calibrator(prepared)
        if activations == "int16":  # the other quantizer does not know it, as in TFLiteConverter
            quantized: bytes = quantizer.calibrate_and_quantize(feed, kind, kind, False, tf.int16, tf.int64)
        else:
            calibrated = quantizer.calibrate(feed)
            quantized = with_fused_elu(mlir_quantize(calibrated, input_data_type=kind, output_data_type=kind))
    except Exception as error:
        raise Refusal(
            "model",
            f"TensorFlow cannot quantize this model: {first_line(error)}",
            "Replace the operators it names.",
            "model-quantize",
        ) from None
    return quantized


def _without_kept_constants(model: bytes, schema: Any) -> bytes:
    """A model without the entry by which litert-torch has TensorFlow leave weights in float."""
    from tensorflow.lite.tools import flatbuffer_utils

    file = schema.Model.GetRootAs(model, 0)
    if not any(file.Metadata(index).Name() == _KEEP_CONSTANTS for index in range(file.MetadataLength())):
        return model
    parsed = flatbuffer_utils.convert_bytearray_to_object(bytearray(model))
    parsed.metadata = [entry for entry in parsed.metadata if entry.name != _KEEP_CONSTANTS]
    return bytes(flatbuffer_utils.convert_object_to_bytearray(parsed))


def _refuse_loops(model: bytes, schema: Any) -> None:
    """TensorFlow's calibrator dies (SIGSEGV) of models with more than one subgraph."""
    file = schema.Model.GetRootAs(model, 0)
    names = {code: name for name, code in vars(schema.BuiltinOperator).items()}
    codes = (file.OperatorCodes(index) for index in range(file.OperatorCodesLength()))
    found = {names.get(max(code.DeprecatedBuiltinCode(), code.BuiltinCode()), "") for code in codes}
    if loops := sorted(found & _LOOPS):
        raise loop_refusal(", ".join(loops))
