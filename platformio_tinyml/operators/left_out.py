"""What TensorFlow Lite Micro runs and the compiled runtime does not, and why; for docs/operators.md."""

from .uint8 import EXACT

BEYOND_TFLM = ("GELU", "RELU_N1_TO_1", "SELECT", "TILE")
"""Operators of the compiled runtime that TFLM has no kernel for."""
TYPES_BEYOND_TFLM = (
    *(("EXP", "INT8"), ("EXP", "INT16"), ("LOG", "INT8"), ("LOG", "INT16"), ("SQRT", "INT8")),
    *(("REDUCE_MAX", "INT16"), ("REDUCE_MIN", "INT16")),
)
"""Types of its operators that it has no kernel for, and TensorFlow Lite has."""

TFLM = """
    ABS ADD ADD_N ARG_MAX ARG_MIN ASSIGN_VARIABLE AVERAGE_POOL_2D BATCH_MATMUL BATCH_TO_SPACE_ND BROADCAST_ARGS
    BROADCAST_TO CALL_ONCE CAST CEIL CIRCULAR_BUFFER CONCATENATION CONV_2D COS CUMSUM DECODE DEPTHWISE_CONV_2D
    DEPTH_TO_SPACE DEQUANTIZE DETECTION_POSTPROCESS DIV DYNAMIC_UPDATE_SLICE ELU EMBEDDING_LOOKUP EQUAL ETHOS_U EXP
    EXPAND_DIMS FILL FLOOR FLOOR_DIV FLOOR_MOD FULLY_CONNECTED GATHER GATHER_ND GREATER GREATER_EQUAL HARD_SWISH IF
    L2_NORMALIZATION L2_POOL_2D LEAKY_RELU LESS LESS_EQUAL LOG LOGICAL_AND LOGICAL_NOT LOGICAL_OR LOGISTIC LOG_SOFTMAX
    MAXIMUM MAX_POOL_2D MEAN MINIMUM MIRROR_PAD MUL NEG NOT_EQUAL PACK PAD PADV2 PRELU QUANTIZE READ_VARIABLE REDUCE_ALL
    REDUCE_MAX REDUCE_MIN RELU RELU6 RESHAPE RESIZE_BILINEAR RESIZE_NEAREST_NEIGHBOR REVERSE_V2 ROUND RSQRT SELECT_V2
    SHAPE SIN SLICE SOFTMAX SPACE_TO_BATCH_ND SPACE_TO_DEPTH SPLIT SPLIT_V SQRT SQUARE SQUARED_DIFFERENCE SQUEEZE
    STRIDED_SLICE SUB SUM SVDF TANH TRANSPOSE TRANSPOSE_CONV UNIDIRECTIONAL_SEQUENCE_LSTM UNPACK VAR_HANDLE WHILE
    ZEROS_LIKE
"""
"""The builtin and custom operators of the package tflite_micro, but those of its signal library."""

REASONS = {
    "CIRCULAR_BUFFER": "a custom operator of one example; streaming models have resource variables instead",
    "DECODE": "compressed weights: no converter that users have writes them",
    "DETECTION_POSTPROCESS": "a custom operator that sorts boxes in float; the network before it runs, its outputs are "
    "the boxes and scores",
    "DYNAMIC_UPDATE_SLICE": "caches of language models, whose place is computed",
    "ETHOS_U": "what Vela compiled for an NPU, which only the NPU's driver runs",
    "IF": "control flow: which branch is taken is known at run time only",
    "WHILE": "control flow: how often is known at run time only",
}
"""Of those of TFLM that the table lacks."""

LIMITS = (
    f"uint8 throughout, as TensorFlow 1 quantized it, is int8 inside, 128 less: {', '.join(sorted(EXACT))}. The bytes "
    "are those of TensorFlow Lite's reference kernels, of FULLY_CONNECTED those that TFLM had, rounded twice "
    "(TensorFlow Lite's of today, rounded once, may be a step off). No TFLM of today runs any of them.",
    "QUANTIZE of float to uint8 and DEQUANTIZE of uint8 are those of int8, and a call that makes the one of the other.",
    "RELU6 of uint8 between different scales or zero points, and L2_NORMALIZATION, LEAKY_RELU and others of uint8: "
    "TFLM and TensorFlow Lite compute different bytes, or one of them none. Both runtimes refuse them.",
    "FLOOR, CEIL, ROUND, SIN, COS, SQUARE, NEG: float only, as in TFLM and TensorFlow Lite; SQRT is not of int16.",
    "GELU, SELECT, EXP, LOG and SQRT of the types marked so give the bytes of TensorFlow Lite: TFLM lacks them.",
    "GREATER of int16: TFLM sets the scales of int8 alone, and compares with what it never set.",
    "LOGICAL_AND and LOGICAL_OR of numbers: TFLM takes their bytes for truth values.",
    "POW, REDUCE_ANY, TOPK_V2 and others that no TFLM has are refused by both runtimes.",
    "SPACE_TO_BATCH_ND with paddings gives the bytes of TensorFlow Lite: TFLM pads with a number that it never sets.",
    "FLOOR_DIV by a 0 that is computed is no finite number; TFLM's invoke fails there. ADD_N takes 8 inputs at most.",
    "REVERSE_V2: any axes, TFLM takes neighbouring ones only.",
)
"""What types or forms of an operator are taken, where it differs from TFLM."""
