"""Sizes of TFLM's structs to assume where nothing can be compiled: those of August 2026 with TF_LITE_STATIC_MEMORY.

Enums take 4 bytes; with arm-none-eabi, where they take 1, structs are no larger.
"""

from __future__ import annotations

from .struct_sizes import StructSizes

_TABLE = {
    "AllocationInfo": ((24, 4), (32, 8)),
    "GreedyMemoryPlanner": ((44, 4), (72, 8)),
    "MicroAllocator": ((36, 4), (72, 8)),
    "NodeAndRegistration": ((32, 4), (64, 8)),
    "NonPersistentArenaBufferAllocator": ((32, 4), (64, 8)),
    "PersistentArenaBufferAllocator": ((16, 4), (32, 8)),
    "ScratchBufferHandle": ((4, 4), (8, 8)),
    "SingleArenaBufferAllocator": ((36, 4), (72, 8)),
    "SubgraphAllocations": ((8, 4), (16, 8)),
    "ScratchBufferRequest": ((12, 4), (16, 8)),
    "TfLiteAffineQuantization": ((12, 4), (24, 8)),
    "TfLiteEvalTensor": ((12, 4), (24, 8)),
    "TfLiteIntArray": ((4, 4), (4, 4)),
    "TfLiteTensor": ((40, 4), (64, 8)),
    "pointer": ((4, 4), (8, 8)),
    "TfLiteAddParams": ((8, 4), (8, 4)),
    "TfLiteArgMaxParams": ((4, 4), (4, 4)),
    "TfLiteArgMinParams": ((4, 4), (4, 4)),
    "TfLiteBatchMatMulParams": ((3, 1), (3, 1)),
    "TfLiteCallOnceParams": ((4, 4), (4, 4)),
    "TfLiteCastParams": ((8, 4), (8, 4)),
    "TfLiteConcatenationParams": ((8, 4), (8, 4)),
    "TfLiteConvParams": ((28, 4), (28, 4)),
    "TfLiteDepthToSpaceParams": ((4, 4), (4, 4)),
    "TfLiteDepthwiseConvParams": ((28, 4), (28, 4)),
    "TfLiteDivParams": ((4, 4), (4, 4)),
    "TfLiteFullyConnectedParams": ((16, 4), (16, 4)),
    "TfLiteGatherParams": ((8, 4), (8, 4)),
    "TfLiteIfParams": ((8, 4), (8, 4)),
    "TfLiteLeakyReluParams": ((4, 4), (4, 4)),
    "TfLiteMulParams": ((4, 4), (4, 4)),
    "TfLitePackParams": ((8, 4), (8, 4)),
    "TfLitePoolParams": ((40, 4), (40, 4)),
    "TfLiteReducerParams": ((1, 1), (1, 1)),
    "TfLiteReshapeParams": ((36, 4), (36, 4)),
    "TfLiteResizeBilinearParams": ((2, 1), (2, 1)),
    "TfLiteResizeNearestNeighborParams": ((2, 1), (2, 1)),
    "TfLiteShapeParams": ((4, 4), (4, 4)),
    "TfLiteSoftmaxParams": ((4, 4), (4, 4)),
    "TfLiteSpaceToDepthParams": ((4, 4), (4, 4)),
    "TfLiteSplitParams": ((4, 4), (4, 4)),
    "TfLiteSplitVParams": ((4, 4), (4, 4)),
    "TfLiteSqueezeParams": ((36, 4), (36, 4)),
    "TfLiteStridedSliceParams": ((24, 4), (24, 4)),
    "TfLiteSVDFParams": ((12, 4), (12, 4)),
    "TfLiteSubParams": ((8, 4), (8, 4)),
    "TfLiteTransposeConvParams": ((20, 4), (20, 4)),
    "TfLiteUnidirectionalSequenceLSTMParams": ((16, 4), (16, 4)),
    "TfLiteUnpackParams": ((8, 4), (8, 4)),
    "TfLiteVarHandleParams": ((8, 4), (16, 8)),
    "TfLiteWhileParams": ((8, 4), (8, 4)),
    "ComparisonParams": ((32, 4), (32, 4)),
    "ConcatenationParams": ((24, 4), (40, 8)),
    "DequantizeOpData": ((32, 8), (32, 8)),
    "LeakyReluOpData": ((24, 4), (24, 4)),
    "OpDataAdd": ((60, 4), (60, 4)),
    "OpDataConv": ((56, 4), (72, 8)),
    "OpDataFullyConnected": ((48, 4), (64, 8)),
    "OpDataLogistic": ((16, 4), (16, 4)),
    "OpDataMul": ((36, 4), (36, 4)),
    "OpDataPooling": ((32, 4), (32, 4)),
    "OpDataQuantizeReference": ((32, 8), (32, 8)),
    "OpDataReduce": ((44, 4), (44, 4)),
    "OpDataSub": ((52, 4), (52, 4)),
    "ReluOpData": ((28, 4), (28, 4)),
    "Relu6OpData": ((8, 4), (8, 4)),
    "SoftmaxParams": ((56, 8), (80, 8)),
    "StridedSliceParams": ((84, 4), (84, 4)),
}
"""((size, alignment) on 32-bit machines, on 64-bit ones)."""


def typical_sizes(bits: int) -> StructSizes:
    """Of a machine of 32 or 64 bits (AVR's 16-bit pointers count as 32). Other versions may differ by a few bytes."""
    return StructSizes({name: row[bits == 64] for name, row in _TABLE.items()})
