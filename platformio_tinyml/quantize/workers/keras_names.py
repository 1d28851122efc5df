"""What of Keras a model file may name: it computes, and neither runs code of the file nor reads or writes another file.

Keras 2 and Keras 3 resolve a class by module and name, a function by name alone. What is not here asks for consent:
Lambda, layers that load another model or a vocabulary, operations that take functions, and all that nobody listed.
"""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


LAYERS = words("""
    InputLayer Dense EinsumDense Activation Embedding ReversibleEmbedding Masking Identity Add Subtract Multiply Average
    Maximum Minimum Concatenate Dot Flatten Reshape Permute RepeatVector Cropping1D Cropping2D Cropping3D
    ZeroPadding1D ZeroPadding2D ZeroPadding3D UpSampling1D UpSampling2D UpSampling3D
    Conv1D Conv2D Conv3D Convolution1D Convolution2D Convolution3D Conv1DTranspose Conv2DTranspose Conv3DTranspose
    Convolution1DTranspose Convolution2DTranspose Convolution3DTranspose DepthwiseConv1D DepthwiseConv2D
    SeparableConv1D SeparableConv2D SeparableConvolution1D SeparableConvolution2D LocallyConnected1D LocallyConnected2D
    AveragePooling1D AveragePooling2D AveragePooling3D AvgPool1D AvgPool2D AvgPool3D
    MaxPooling1D MaxPooling2D MaxPooling3D MaxPool1D MaxPool2D MaxPool3D
    GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D GlobalAvgPool1D GlobalAvgPool2D
    GlobalAvgPool3D GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D GlobalMaxPool1D GlobalMaxPool2D
    GlobalMaxPool3D AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D AdaptiveMaxPooling1D
    AdaptiveMaxPooling2D AdaptiveMaxPooling3D
    ReLU LeakyReLU PReLU ELU ThresholdedReLU Softmax
    BatchNormalization BatchNormalizationV1 BatchNormalizationV2 SyncBatchNormalization LayerNormalization
    GroupNormalization UnitNormalization RMSNormalization SpectralNormalization
    Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D AlphaDropout GaussianDropout GaussianNoise
    ActivityRegularization
    LSTM GRU SimpleRNN RNN LSTMCell GRUCell SimpleRNNCell StackedRNNCells LSTMV1 LSTMV2 GRUV1 GRUV2 LSTMCellV1
    LSTMCellV2 GRUCellV1 GRUCellV2 CuDNNLSTM CuDNNGRU Bidirectional TimeDistributed ConvLSTM1D ConvLSTM2D ConvLSTM3D
    Attention AdditiveAttention MultiHeadAttention GroupQueryAttention
    Normalization Rescaling Resizing CenterCrop Discretization CategoryEncoding MelSpectrogram STFTSpectrogram
    RandomBrightness RandomContrast RandomCrop RandomFlip RandomHeight RandomRotation RandomTranslation RandomWidth
    RandomZoom RandomHue RandomSaturation RandomSharpness RandomShear RandomGrayscale RandomInvert RandomErasing
    RandomPerspective RandomPosterization RandomGaussianBlur RandomElasticTransform RandomColorDegeneration
    RandomColorJitter AutoContrast Equalization Solarization
    """)

INITIALIZERS = words("""
    Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity IdentityInitializer LecunNormal LecunUniform Ones
    Orthogonal OrthogonalInitializer RandomNormal RandomUniform STFT STFTInitializer TruncatedNormal VarianceScaling
    Zeros constant glorot_normal glorot_uniform he_normal he_uniform identity lecun_normal lecun_uniform normal one ones
    orthogonal random_normal random_uniform stft truncated_normal uniform variance_scaling zero zeros
    GlorotNormalV2 GlorotUniformV2 HeNormalV2 HeUniformV2 LecunNormalV2 LecunUniformV2 OnesV2 ZerosV2 OrthogonalV2
    RandomNormalV2 RandomUniformV2 TruncatedNormalV2 VarianceScalingV2 ConstantV2 IdentityV2
    """)
REGULARIZERS = words("L1 L2 L1L2 OrthogonalRegularizer l1 l2 l1_l2 orthogonal_regularizer")
CONSTRAINTS = words("""
    MaxNorm MinMaxNorm NonNeg UnitNorm RadialConstraint max_norm maxnorm min_max_norm non_neg nonneg unit_norm unitnorm
    radial_constraint
    """)
ACTIVATIONS = words("""
    celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu linear log_sigmoid
    log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign sparse_plus sparse_sigmoid
    sparsemax squareplus swish tanh tanh_shrink threshold softmax_v2 ReLU LeakyReLU PReLU ELU ThresholdedReLU Softmax
    """)
_MODELS = words("Sequential Functional Model")
_POLICIES = words("DTypePolicy FloatDTypePolicy Policy")

FUNCTION_LAYERS = words("TFOpLambda SlicingOpLambda")
"""Layers of Keras 2 that call the function of TensorFlow whose name they hold: one of FUNCTIONS."""

_OPERATIONS = {
    "core": "Cast SaturateCast ConvertToTensor Scatter ScatterUpdate Slice SliceUpdate StopGradient Unstack",
    "image": """AffineTransform CropImages ExtractPatches HSVToRGB PadImages RGBToGrayscale RGBToHSV Resize
    ScaleAndTranslate""",
    "linalg": "Cholesky Det Inv Norm Solve SolveTriangular",
    "math": """Erf Erfinv ExtractSequences FFT FFT2 IFFT2 IRFFT ISTFT Logsumexp RFFT Rsqrt STFT SegmentMax SegmentSum
    TopK""",
    "nn": """AdaptiveAveragePool AdaptiveMaxPool AveragePool BatchNorm Celu Conv ConvTranspose DepthToSpace
    DepthwiseConv DotProductAttention Elu Gelu Glu HardShrink HardSigmoid HardSilu HardTanh LayerNorm LeakyRelu
    LogSigmoid LogSoftmax MaxPool Moments MultiHot Normalize OneHot RMSNorm Relu Relu6 Selu SeparableConv Sigmoid Silu
    SoftShrink Softmax Softplus Softsign SpaceToDepth SparsePlus SparseSigmoid Sparsemax Squareplus TanhShrink
    Threshold""",
    "numpy": """Abs Absolute Add All Amax Amin Any Append Arange Arccos Arccosh Arcsin Arcsinh Arctan Arctan2 Arctanh
    Argmax Argmin Argsort Array ArraySplit Average BroadcastTo Cbrt Ceil Clip Concatenate Copy Cos Cosh CountNonzero
    Cross Cumprod Cumsum Deg2rad Diag Diagonal Diff Digitize Divide DivideNoNan Dot Dsplit Dstack Einsum EmptyLike
    Equal Exp Exp2 ExpandDims Expm1 Fabs Flip Floor FloorDivide Fmax Fmin Fmod Full FullLike GetItem Greater
    GreaterEqual Hsplit Hstack Inner Isfinite Isinf Isnan Less LessEqual Linspace Log Log10 Log1p Log2 Logaddexp
    LogicalAnd LogicalNot LogicalOr LogicalXor Matmul Max Maximum Mean Meshgrid Min Minimum Mod Moveaxis Multiply
    NanToNum Negative NotEqual OnesLike Outer Pad Power Prod Rad2deg Ravel Real Reciprocal Repeat Reshape Roll Rot90
    Round Select Sign Sin Sinh Size Sort Split Sqrt Square Squeeze Stack Std Subtract Sum Swapaxes Take TakeAlongAxis
    Tan Tanh Tensordot Tile Trace Transpose Tril Triu TrueDivide Trunc Var Vdot View Vsplit Vstack Where ZerosLike""",
}

CLASSES = {
    "keras": _MODELS | _POLICIES,
    "keras.models": _MODELS,
    "keras.models.functional": frozenset({"Functional"}),
    "keras.models.sequential": frozenset({"Sequential"}),
    "keras.models.model": frozenset({"Model"}),
    "keras.engine.functional": frozenset({"Functional"}),
    "keras.engine.sequential": frozenset({"Sequential"}),
    "keras.engine.training": frozenset({"Model"}),
    "keras.layers": LAYERS,
    "keras.layers.core.tf_op_layer": FUNCTION_LAYERS,
    "keras.initializers": INITIALIZERS,
    "keras.regularizers": REGULARIZERS,
    "keras.constraints": CONSTRAINTS,
    "keras.dtype_policies": _POLICIES,
    "keras.mixed_precision": _POLICIES,
    **{f"keras.ops.{module}": words(names) for module, names in _OPERATIONS.items()},
}
"""Classes by the module that registers them; `plain_module` maps what the versions of Keras call it."""
UNQUALIFIED = _MODELS | _POLICIES | LAYERS | FUNCTION_LAYERS | INITIALIZERS | REGULARIZERS | CONSTRAINTS
"""Classes that Keras 2 names without a module."""

NAMED = {
    "activation": ACTIVATIONS,
    "initializer": INITIALIZERS,
    "regularizer": REGULARIZERS,
    "constraint": CONSTRAINTS,
}
"""Arguments whose strings are looked up, by the last word of their names."""
NEVER_STRINGS = words("""
    vocabulary idf_weights weights filepath path file function symbol cls_symbol attr_name method_name node_def
    output_shape mask arguments standardize split type_spec input_tensor feature_columns fn call_endpoint
    """)
"""Arguments of which a string would be a path, a function or bytecode."""

_MATH = """
    abs accumulate_n acos acosh add add_n argmax argmin asin asinh atan atan2 atanh ceil cos cosh count_nonzero
    cumprod cumsum divide divide_no_nan equal erf erfc exp expm1 floor floordiv floormod greater greater_equal
    invert_permutation is_finite is_inf is_nan l2_normalize less less_equal log log1p log_sigmoid log_softmax
    logical_and logical_not logical_or logical_xor maximum minimum mod multiply multiply_no_nan negative not_equal
    pow real reciprocal reciprocal_no_nan reduce_all reduce_any reduce_euclidean_norm reduce_logsumexp reduce_max
    reduce_mean reduce_min reduce_prod reduce_std reduce_sum reduce_variance rint round rsqrt scalar_mul segment_max
    segment_mean segment_min segment_prod segment_sum sigmoid sign sin sinh softmax softplus softsign sqrt square
    squared_difference subtract tan tanh top_k truediv xdivy xlog1py xlogy zero_fraction
"""
_NN = """
    atrous_conv2d avg_pool avg_pool1d avg_pool2d avg_pool3d batch_normalization bias_add conv1d conv1d_transpose conv2d
    conv2d_transpose conv3d conv3d_transpose conv_transpose convolution crelu depth_to_space depthwise_conv2d dilation2d
    dropout elu embedding_lookup erosion2d gelu l2_loss l2_normalize leaky_relu local_response_normalization log_softmax
    lrn max_pool max_pool1d max_pool2d max_pool3d moments normalize_moments pool relu relu6 selu separable_conv2d
    sigmoid silu softmax softplus softsign space_to_batch space_to_depth sufficient_statistics swish tanh top_k
    weighted_moments zero_fraction
"""
_LINALG = """
    adjoint band_part cross det diag diag_part einsum eye inv l2_normalize matmul matrix_transpose matvec norm normalize
    set_diag tensor_diag tensor_diag_part tensordot trace
"""
_IMAGE = """
    adjust_brightness adjust_contrast adjust_gamma adjust_hue adjust_saturation central_crop convert_image_dtype
    crop_and_resize crop_to_bounding_box extract_patches flip_left_right flip_up_down grayscale_to_rgb hsv_to_rgb
    pad_to_bounding_box per_image_standardization resize resize_with_crop_or_pad resize_with_pad rgb_to_grayscale
    rgb_to_hsv rgb_to_yiq rgb_to_yuv rot90 sobel_edges transpose yiq_to_rgb yuv_to_rgb
"""
_SIGNAL = "dct fft fft2d frame hamming_window hann_window idct ifft irfft overlap_and_add rfft rfft2d stft"
_TENSORS = """
    abs acos acosh add add_n argmax argmin argsort asin asinh atan atan2 atanh batch_to_space bitcast boolean_mask
    broadcast_to cast clip_by_norm clip_by_value concat constant convert_to_tensor cos cosh cumsum divide einsum
    ensure_shape equal exp expand_dims eye fill floor gather gather_nd greater greater_equal identity less less_equal
    linspace logical_and logical_not logical_or matmul maximum meshgrid minimum multiply negative norm not_equal
    one_hot ones ones_like pad pow range rank realdiv reduce_all reduce_any reduce_logsumexp reduce_max reduce_mean
    reduce_min reduce_prod reduce_sum repeat reshape reverse reverse_sequence roll round saturate_cast scalar_mul
    scatter_nd searchsorted sequence_mask shape sigmoid sign sin sinh size slice sort space_to_batch split sqrt square
    squeeze stack stop_gradient strided_slice subtract tan tanh tensordot tile transpose truediv unstack where zeros
    zeros_like
"""
FUNCTIONS = words(_TENSORS) | frozenset(
    f"{module}.{name}"
    for module, names in {
        "math": _MATH,
        "nn": _NN,
        "linalg": _LINALG,
        "image": _IMAGE,
        "signal": _SIGNAL,
        "keras.activations": " ".join(sorted(ACTIVATIONS)),
        "__operators__": "add eq ne getitem",
    }.items()
    for name in names.split()
)
"""Functions of TensorFlow by their exported names: they compute, and take neither functions nor names of files."""

SIZES = words("""
    units filters input_dim output_dim n size num_tokens dims key_dim value_dim num_heads num_query_heads
    num_key_value_heads depth_multiplier height width padding cropping kernel_size pool_size strides dilation_rate
    groups input_length num_bins max_tokens output_size shape input_shape batch_shape batch_input_shape target_shape
    num_mel_bins fft_length sequence_length depth num multiples repeats
    """)
"""Arguments that are numbers of elements, or a shape: none is larger than LARGEST_SIZE, and no product of one."""
LARGEST_SIZE = 1 << 26


def plain_module(module: str) -> str:
    """`tf_keras.src.layers`, `tensorflow.keras.layers`, `keras.src.layers` -> `keras.layers`."""
    for prefix in ("tensorflow.python.", "tensorflow.", "tf_"):
        module = module.removeprefix(prefix)
    return "keras." + module.removeprefix("keras.src.") if module.startswith("keras.src.") else module
