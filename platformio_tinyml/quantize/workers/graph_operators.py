"""Operators of TensorFlow that a SavedModel's functions may hold: they compute.

None of them runs Python or a program, loads a library, reads or writes a file, opens a connection, looks at memory of
others, or ends the process. Operators that nobody listed ask for consent, whatever a later TensorFlow may add.
"""

from __future__ import annotations

from .keras_names import words

OPERATORS = words("""
    Const Placeholder PlaceholderWithDefault Identity IdentityN NoOp StopGradient PreventGradient EnsureShape
    Snapshot GuaranteeConst CheckNumerics Assert ControlTrigger

    PartitionedCall StatefulPartitionedCall If StatelessIf While StatelessWhile Case StatelessCase Switch Merge
    Enter Exit NextIteration LoopCond ToBool

    VarHandleOp ReadVariableOp AssignVariableOp AssignAddVariableOp AssignSubVariableOp VarIsInitializedOp
    VariableShape ResourceGather ResourceGatherNd DestroyResourceOp DisableCopyOnRead ResourceApplyAdam
    ResourceApplyGradientDescent

    TensorListConcat TensorListConcatV2 TensorListElementShape TensorListFromTensor TensorListGather
    TensorListGetItem TensorListLength TensorListPopBack TensorListPushBack TensorListReserve TensorListResize
    TensorListScatter TensorListScatterIntoExistingList TensorListScatterV2 TensorListSetItem TensorListSplit
    TensorListStack EmptyTensorList TensorArrayV3 TensorArrayGatherV3 TensorArrayReadV3 TensorArrayScatterV3
    TensorArraySizeV3 TensorArrayWriteV3 TensorArrayCloseV3

    Abs Acos Acosh Add AddN AddV2 AccumulateNV2 ApproximateEqual Asin Asinh Atan Atan2 Atanh Bitcast BitwiseAnd
    BitwiseOr BitwiseXor Cast Ceil ClipByValue Complex ComplexAbs Conj Cos Cosh Cross Cumprod Cumsum
    CumulativeLogsumexp Digamma Div DivNoNan Equal Erf Erfc Erfinv Exp Expm1 Floor FloorDiv FloorMod Greater
    GreaterEqual Imag Inv Invert IsFinite IsInf IsNan L2Loss LeftShift Less LessEqual Lgamma Log Log1p LogicalAnd
    LogicalNot LogicalOr Maximum Minimum Mod Mul MulNoNan Ndtri Neg NextAfter NotEqual Pow Real RealDiv Reciprocal
    RightShift Rint Round Rsqrt Select SelectV2 Sigmoid Sign Sin Sinh Sqrt Square SquaredDifference Sub Tan Tanh
    TruncateDiv TruncateMod Xdivy Xlog1py Xlogy

    All Any ArgMax ArgMin EuclideanNorm Max Mean Min Prod Sum SegmentMax SegmentMean SegmentMin SegmentProd
    SegmentSum UnsortedSegmentMax UnsortedSegmentMin UnsortedSegmentProd UnsortedSegmentSum TopK TopKV2 NthElement
    InTopK InTopKV2 Bincount DenseBincount Bucketize HistogramFixedWidth LowerBound UpperBound Unique UniqueV2 Where

    BatchMatMul BatchMatMulV2 BatchMatMulV3 MatMul Einsum MatrixBandPart MatrixDeterminant MatrixDiag MatrixDiagPart
    MatrixDiagPartV2 MatrixDiagPartV3 MatrixDiagV2 MatrixDiagV3 MatrixInverse MatrixSetDiag MatrixSetDiagV2
    MatrixSetDiagV3 MatrixSolve MatrixTriangularSolve Cholesky Diag DiagPart Qr Svd TridiagonalMatMul

    BatchToSpace BatchToSpaceND BroadcastArgs BroadcastGradientArgs BroadcastTo Concat ConcatOffset ConcatV2
    DepthToSpace DynamicPartition DynamicStitch ParallelDynamicStitch ExpandDims Fill Gather GatherNd GatherV2
    InvertPermutation LinSpace ListDiff MirrorPad OneHot OnesLike Pack Pad PadV2 ParallelConcat Range Rank Reshape
    Reverse ReverseSequence ReverseV2 Roll ScatterNd Shape ShapeN Size Slice SpaceToBatch SpaceToBatchND
    SpaceToDepth Split SplitV Squeeze StridedSlice TensorScatterAdd TensorScatterMax TensorScatterMin
    TensorScatterSub TensorScatterUpdate TensorStridedSliceUpdate Tile Transpose ConjugateTranspose Unpack
    UnravelIndex ZerosLike

    AvgPool AvgPool3D BiasAdd BiasAddV1 Conv Conv2D Conv2DBackpropInput Conv2DBackpropInputV2 Conv3D
    Conv3DBackpropInputV2 DepthwiseConv2dNative Dilation2D Elu ExtractImagePatches ExtractVolumePatches
    FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3 FusedPadConv2D LRN LeakyRelu LogSoftmax MaxPool MaxPool3D
    MaxPoolV2 MaxPoolWithArgmax Relu Relu6 Selu Softmax Softplus Softsign SoftmaxCrossEntropyWithLogits
    SparseSoftmaxCrossEntropyWithLogits BlockLSTM BlockLSTMV2 LSTMBlockCell GRUBlockCell CudnnRNN CudnnRNNV2
    CudnnRNNV3

    AvgPoolGrad AvgPool3DGrad BiasAddGrad BlockLSTMGrad BlockLSTMGradV2 Conv2DBackpropFilter Conv2DBackpropFilterV2
    Conv3DBackpropFilter Conv3DBackpropFilterV2 CudnnRNNBackprop CudnnRNNBackpropV2 CudnnRNNBackpropV3
    DepthwiseConv2dNativeBackpropFilter DepthwiseConv2dNativeBackpropInput EluGrad FusedBatchNormGrad
    FusedBatchNormGradV2 FusedBatchNormGradV3 GRUBlockCellGrad InvGrad LeakyReluGrad LRNGrad MaxPoolGrad
    MaxPoolGradGrad MaxPool3DGrad MirrorPadGrad ReciprocalGrad Relu6Grad ReluGrad ResizeBilinearGrad
    ResizeNearestNeighborGrad RsqrtGrad SeluGrad SigmoidGrad SoftplusGrad SoftsignGrad SqrtGrad StridedSliceGrad
    TanhGrad FakeQuantWithMinMaxArgsGradient FakeQuantWithMinMaxVarsGradient
    FakeQuantWithMinMaxVarsPerChannelGradient

    FakeQuantWithMinMaxArgs FakeQuantWithMinMaxVars FakeQuantWithMinMaxVarsPerChannel QuantizeAndDequantize
    QuantizeAndDequantizeV2 QuantizeAndDequantizeV3 QuantizeAndDequantizeV4 QuantizeV2 Dequantize

    AdjustContrast AdjustContrastv2 AdjustHue AdjustSaturation CropAndResize HSVToRGB RGBToHSV ResizeArea
    ResizeBicubic ResizeBilinear ResizeNearestNeighbor ScaleAndTranslate ImageProjectiveTransformV2
    ImageProjectiveTransformV3 CombinedNonMaxSuppression NonMaxSuppression NonMaxSuppressionV2 NonMaxSuppressionV3
    NonMaxSuppressionV4 NonMaxSuppressionV5

    FFT FFT2D FFT3D IFFT IFFT2D IFFT3D RFFT RFFT2D RFFT3D IRFFT IRFFT2D IRFFT3D AudioSpectrogram Mfcc

    Multinomial RandomGamma RandomShuffle RandomStandardNormal RandomUniform RandomUniformInt TruncatedNormal
    RngReadAndSkip StatefulStandardNormalV2 StatefulUniform StatefulUniformInt StatefulTruncatedNormal
    StatelessMultinomial StatelessRandomGetAlg StatelessRandomGetKeyCounter StatelessRandomGetKeyCounterAlg
    StatelessRandomNormal StatelessRandomNormalV2 StatelessRandomUniform StatelessRandomUniformFullInt
    StatelessRandomUniformFullIntV2 StatelessRandomUniformInt StatelessRandomUniformIntV2 StatelessRandomUniformV2
    StatelessTruncatedNormal StatelessTruncatedNormalV2 StatelessShuffle
""")

SAVER_OPERATORS = words("SaveV2 RestoreV2 MergeV2Checkpoints ShardedFilename StringJoin StaticRegexFullMatch")
"""Every SavedModel has a few functions with these, for TensorFlow 1: TensorFlow 2 never runs them."""
