"""What of each interpreter becomes what. Tables: a rule is code with holes, and what stands in its place.

In a pattern `$x` is a name of the role x, `@` anything up to the bracket that closes, `#` an argument, which is `{a0}`
in what replaces it, `.` also `->`. There `{n}` is the model's name, `{N}` the same in capitals, `{p}` the tensor's
(input_0), `{P}` that in capitals, `{f}` and `{o}` the arrays that the old code names as input and output.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Dialect:
    """`marks`: a project with one of these names is of this kind. `includes`: parts of the headers' names that go.

    `types` begin declarations that go, and give their names a role. `drops`: statements with one of these patterns go.
    `becomes`: expressions. `doubts`: names after which somebody has to look, with the reason.
    """

    title: str
    marks: tuple[str, ...]
    includes: tuple[str, ...]
    types: tuple[tuple[str, str], ...]
    drops: tuple[str, ...]
    becomes: tuple[tuple[str, str], ...]
    doubts: tuple[tuple[str, str], ...] = ()
    rest: tuple[str, ...] = ()
    """Beginnings of names that must not be left."""
    scores: str = ""
    """A pattern whose presence wants an array of the scores."""


ELEMENTS = {"int8": "INT8", "f": "FLOAT32", "uint8": "UINT8", "int16": "INT16", "i32": "INT32"}
"""Members of TfLitePtrUnion, and the type that a tensor has to have for one."""

TFLM = Dialect(
    "TensorFlow Lite Micro",
    ("MicroInterpreter",),
    ("tensorflow/", "TensorFlowLite", "Chirale_TensorFlowLite", "tflm_esp32", "MicroTFLite"),
    (
        ("MicroInterpreter", "interpreter"),
        ("MicroMutableOpResolver", "resolver"),
        ("AllOpsResolver", "resolver"),
        ("MicroErrorReporter", "reporter"),
        ("ErrorReporter", "reporter"),
        ("TfLiteTensor", "tensor"),
        ("Model", "model"),
    ),
    (
        "GetModel(@)",
        "$resolver.",
        "TFLITE_SCHEMA_VERSION",
        "InitializeTarget()",
        "using namespace tflite",
        "TF_LITE_REPORT_ERROR(@)",
        "MicroPrintf(@)",
        "$reporter.Report(@)",
        "$tensor.dims",
        "$tensor.type",
        "$tensor =",
        "$interpreter =",
        "$reporter =",
    ),
    (
        ("$interpreter.AllocateTensors()", "{n}_init()"),
        ("$interpreter.Invoke()", "{n}_invoke()"),
        ("$interpreter.arena_used_bytes()", "{N}_ARENA_SIZE"),
        *((f"$tensor.data.{member}", "{n}_{p}()") for member in ELEMENTS),
        ("$tensor.params.scale", "{N}_{P}_SCALE"),
        ("$tensor.params.zero_point", "{N}_{P}_ZERO_POINT"),
        ("$tensor.bytes", "{N}_{P}_BYTES"),
        ("kTfLiteOk", "TINYML_OK"),
        ("TfLiteStatus", "tinyml_status"),
    ),
    (
        ("MicroPrintf", "a message is no longer printed"),
        ("TF_LITE_REPORT_ERROR", "a message is no longer printed"),
        ("Report", "a message is no longer printed"),
    ),
    ("tflite", "TfLite", "kTfLite", "TFLITE_", "TF_LITE", "MicroPrintf"),
)

ELOQUENT = Dialect(
    "EloquentTinyML",
    ("Eloquent",),
    ("EloquentTinyML", "eloquent_tinyml", "tflm_", "tensorflow"),
    (("TfLite", "ml"), ("Sequential", "ml"), ("Tensor", "ml")),
    ("$ml.setNumInputs(@)", "$ml.setNumOutputs(@)", "$ml.resolver", "using namespace Eloquent", "using Eloquent"),
    (
        ("$ml.begin(@);", "{n}_init();"),
        ("$ml.begin(@).isOk()", "({n}_init() == TINYML_OK)"),
        ("$ml.begin(@)", "({n}_init() == TINYML_OK)"),
        ("$ml.initialized()", "({n}_input_0() != NULL)"),
        ("$ml.predict(#).isOk()", "({n}_run({a0}, {n}_scores) == TINYML_OK)"),
        ("$ml.predictClass(#)", "({n}_run({a0}, {n}_scores), {n}_top_output_0())"),
        ("$ml.predict(#,#)", "({n}_run({a0}, {a1}) == TINYML_OK)"),
        ("$ml.predict(#)", "({n}_run({a0}, {n}_scores), {n}_scores[0])"),
        ("$ml.outputs", "{n}_scores"),
        ("$ml.output(#)", "{n}_scores[{a0}]"),
        ("$ml.classification", "{n}_top_output_0()"),
        ("$ml.classIdx", "{n}_top_output_0()"),
        ("$ml.exception.toString()", '"failed"'),
        ("$ml.getErrorMessage()", '"failed"'),
    ),
    (("predict", "input and output have to be arrays of float"),),
    ("Eloquent", "TF_NUM_", "TF_OP_"),
    "{n}_scores",
)

EDGE_IMPULSE = Dialect(
    "Edge Impulse",
    ("run_classifier",),
    ("_inferencing.h", "edge-impulse-sdk", "ei_run_classifier", "ei_classifier", "model-parameters"),
    (("signal_t", "signal"), ("ei_impulse_result_t", "result")),
    (
        "$signal.",
        "numpy::signal_from_buffer(@)",
        "run_classifier_init()",
        "$result =",
    ),
    (
        ("run_classifier(@)", "{n}_run({f}, {n}_scores)"),
        ("EI_IMPULSE_ERROR", "tinyml_status"),
        ("EI_IMPULSE_OK", "TINYML_OK"),
        ("EI_CLASSIFIER_DSP_INPUT_FRAME_SIZE", "{N}_INPUT_0_SIZE"),
        ("EI_CLASSIFIER_NN_INPUT_FRAME_SIZE", "{N}_INPUT_0_SIZE"),
        ("EI_CLASSIFIER_LABEL_COUNT", "{N}_OUTPUT_0_SIZE"),
        ("$result.classification[#].value", "{n}_scores[{a0}]"),
        ("$result.classification[#].label", "{n}_label({a0})"),
        ("ei_classifier_inferencing_categories[#]", "{n}_label({a0})"),
        ("ei_printf", "printf"),
    ),
    (
        ("run_classifier", "its features (MFE, MFCC, spectral) were made in there: hand in features, not samples"),
        ("label", "needs the labels: put {n}.labels.txt beside the model"),
        ("ei_classifier_inferencing_categories", "needs the labels: put {n}.labels.txt beside the model"),
    ),
    ("EI_", "ei_", "ei"),
    "{n}_scores",
)

CUBE = Dialect(
    "X-CUBE-AI",
    ("ai_network_run",),
    ("network.h", "network_data.h", "ai_platform.h", "ai_datatypes_defines.h"),
    (
        ("ai_handle", "network"),
        ("ai_buffer", "buffer"),
        ("ai_network_params", "params"),
        ("ai_network_report", "report"),
    ),
    (
        "ai_network_create(@)",
        "ai_network_create_and_init(@)",
        "ai_network_get_error(@)",
        "ai_network_inputs_get(@)",
        "ai_network_outputs_get(@)",
        "ai_network_data_weights_get(@)",
        "AI_NETWORK_DATA_ACTIVATIONS_SIZE",
        "$buffer =",
        "$buffer[",
        "$params.",
        "AI_ERROR_NONE",
    ),
    (
        ("!ai_network_init(@)", "{n}_init() != TINYML_OK"),
        ("ai_network_init(@)", "{n}_init() == TINYML_OK"),
        (
            "ai_network_run(@)",
            "(memcpy({n}_input_0(), {f}, {N}_INPUT_0_BYTES), {n}_invoke() == TINYML_OK)\n"
            "        && memcpy({o}, {n}_output_0(), {N}_OUTPUT_0_BYTES) != NULL",
        ),
        ("AI_NETWORK_IN_1_SIZE", "{N}_INPUT_0_SIZE"),
        ("AI_NETWORK_OUT_1_SIZE", "{N}_OUTPUT_0_SIZE"),
        ("AI_NETWORK_IN_1_SIZE_BYTES", "{N}_INPUT_0_BYTES"),
        ("AI_NETWORK_OUT_1_SIZE_BYTES", "{N}_OUTPUT_0_BYTES"),
        ("ai_i8", "int8_t"),
        ("ai_u8", "uint8_t"),
        ("ai_float", "float"),
        ("ai_i32", "int32_t"),
    ),
    (("AI_HANDLE_PTR", "the array is copied at each run: {n}_input_0() and {n}_output_0() do without it"),),
    ("ai_network", "ai_handle", "ai_buffer", "AI_"),
)

DIALECTS = (EDGE_IMPULSE, CUBE, ELOQUENT, TFLM)
