"""Operators of ONNX that compute: none reads or writes a file, runs a program or decodes an image.

Operators that nobody listed ask for consent, whatever a later ONNX may add.
"""

from __future__ import annotations

from .keras_names import words

DOMAINS = frozenset({"", "ai.onnx"})
"""Where they are defined: ONNX itself."""

OPERATORS = words("""
    Constant ConstantOfShape Identity Dropout EyeLike Range Shape Size OneHot

    Abs Acos Acosh Add And Asin Asinh Atan Atanh BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor Cast CastLike Ceil
    Celu Clip Cos Cosh Div Elu Equal Erf Exp Floor Gelu Greater GreaterOrEqual HardSigmoid HardSwish IsInf IsNaN
    LeakyRelu Less LessOrEqual Log Max Mean Min Mish Mod Mul Neg Not Or PRelu Pow Reciprocal Relu Round Selu Shrink
    Sigmoid Sign Sin Sinh Softplus Softsign Sqrt Sub Sum Tan Tanh ThresholdedRelu Where Xor

    ArgMax ArgMin CumSum ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd
    ReduceSum ReduceSumSquare TopK

    AveragePool BatchNormalization Conv ConvTranspose GlobalAveragePool GlobalLpPool GlobalMaxPool GroupNormalization
    InstanceNormalization LRN LayerNormalization LpNormalization LpPool MaxPool MeanVarianceNormalization
    RMSNormalization Attention RotaryEmbedding

    Einsum Gemm MatMul Hardmax LogSoftmax Softmax GRU LSTM RNN If Loop Scan

    CenterCropPad Compress Concat DepthToSpace Expand Flatten Gather GatherElements GatherND GridSample NonZero Pad
    Reshape Resize ReverseSequence Scatter ScatterElements ScatterND Slice SpaceToDepth Split Squeeze Tile Transpose
    Trilu Unique Unsqueeze Upsample

    ConvInteger DequantizeLinear DynamicQuantizeLinear MatMulInteger QLinearConv QLinearMatMul QuantizeLinear

    BlackmanWindow DFT HammingWindow HannWindow MelWeightMatrix STFT
""")
