// How TFLM's structs are laid out: one array per struct, one byte longer than the struct, one for its alignment, and one
// for each of its members, two bytes longer than its offset, or of one byte where there is no such member.
// Compiled (-c, C++17, without LTO, -fno-access-control) with the flags of the project's TFLM library; the sizes of the
// object's symbols are the answer.
#if __has_include("tensorflow/lite/c/builtin_op_data.h")
#include "tensorflow/lite/c/builtin_op_data.h"
#endif
#if __has_include("tensorflow/lite/c/common.h")
#include "tensorflow/lite/c/common.h"
#endif
#if __has_include("tensorflow/lite/kernels/internal/types.h")
#include "tensorflow/lite/kernels/internal/types.h"
#endif
#if __has_include("tensorflow/lite/micro/micro_allocator.h")
#include "tensorflow/lite/micro/micro_allocator.h"
#endif
#if __has_include("tensorflow/lite/micro/micro_allocation_info.h")
#include "tensorflow/lite/micro/micro_allocation_info.h"
#endif
#if __has_include("tensorflow/lite/micro/arena_allocator/single_arena_buffer_allocator.h")
#include "tensorflow/lite/micro/arena_allocator/single_arena_buffer_allocator.h"
#endif
#if __has_include("tensorflow/lite/micro/arena_allocator/persistent_arena_buffer_allocator.h")
#include "tensorflow/lite/micro/arena_allocator/persistent_arena_buffer_allocator.h"
#endif
#if __has_include("tensorflow/lite/micro/arena_allocator/non_persistent_arena_buffer_allocator.h")
#include "tensorflow/lite/micro/arena_allocator/non_persistent_arena_buffer_allocator.h"
#endif
#if __has_include("tensorflow/lite/micro/memory_planner/greedy_memory_planner.h")
#include "tensorflow/lite/micro/memory_planner/greedy_memory_planner.h"
#endif
#if __has_include("tensorflow/lite/micro/kernels/activations.h")
#include "tensorflow/lite/micro/kernels/activations.h"
#endif
#if __has_include("tensorflow/lite/micro/kernels/add.h")
#include "tensorflow/lite/micro/kernels/add.h"
#endif
#if __has_include("tensorflow/lite/micro/kernels/conv.h")
#include "tensorflow/lite/micro/kernels/conv.h"
#endif
#if __has_include("tensorflow/lite/micro/kernels/dequantize.h")
#include "tensorflow/lite/micro/kernels/dequantize.h"
#endif
#if __has_include("tensorflow/lite/micro/kernels/fully_connected.h")
#include "tensorflow/lite/micro/kernels/fully_connected.h"
#endif
#if __has_include("tensorflow/lite/micro/kernels/leaky_relu.h")
#include "tensorflow/lite/micro/kernels/leaky_relu.h"
#endif
#if __has_include("tensorflow/lite/micro/kernels/logistic.h")
#include "tensorflow/lite/micro/kernels/logistic.h"
#endif
#if __has_include("tensorflow/lite/micro/kernels/mul.h")
#include "tensorflow/lite/micro/kernels/mul.h"
#endif
#if __has_include("tensorflow/lite/micro/kernels/pooling.h")
#include "tensorflow/lite/micro/kernels/pooling.h"
#endif
#if __has_include("tensorflow/lite/micro/kernels/quantize.h")
#include "tensorflow/lite/micro/kernels/quantize.h"
#endif
#if __has_include("tensorflow/lite/micro/kernels/reduce.h")
#include "tensorflow/lite/micro/kernels/reduce.h"
#endif
#if __has_include("tensorflow/lite/micro/kernels/sub.h")
#include "tensorflow/lite/micro/kernels/sub.h"
#endif

// Declared here, so that one that the headers lack is an incomplete type and no error.
namespace tflite {
struct AllocationInfo;
class GreedyMemoryPlanner;
class MicroAllocator;
struct NodeAndRegistration;
class NonPersistentArenaBufferAllocator;
class PersistentArenaBufferAllocator;
struct ScratchBufferHandle;
class SingleArenaBufferAllocator;
struct SubgraphAllocations;
struct ComparisonParams;
struct ConcatenationParams;
struct DequantizeOpData;
struct LeakyReluOpData;
struct OpDataAdd;
struct OpDataConv;
struct OpDataFullyConnected;
struct OpDataLogistic;
struct OpDataMul;
struct OpDataPooling;
struct OpDataQuantizeReference;
struct OpDataReduce;
struct OpDataSub;
struct ReluOpData;
struct Relu6OpData;
struct SoftmaxParams;
struct StridedSliceParams;
namespace internal {
struct ScratchBufferRequest;
}
}  // namespace tflite

// An incomplete type counts as 0.
template <typename T, unsigned S = sizeof(T)>
constexpr unsigned tinyml_size(T *) { return S; }
constexpr unsigned tinyml_size(...) { return 0; }
template <typename T, unsigned A = alignof(T)>
constexpr unsigned tinyml_align(T *) { return A; }
constexpr unsigned tinyml_align(...) { return 0; }

#define TINYML_TELL(name, type)                                                               \
  __attribute__((used)) char tinyml_size_##name[tinyml_size((type *)nullptr) + 1];            \
  __attribute__((used)) char tinyml_align_##name[tinyml_align((type *)nullptr) + 1]

extern "C" {
// What every model takes.
TINYML_TELL(AllocationInfo, tflite::AllocationInfo);
TINYML_TELL(GreedyMemoryPlanner, tflite::GreedyMemoryPlanner);
TINYML_TELL(MicroAllocator, tflite::MicroAllocator);
TINYML_TELL(NodeAndRegistration, tflite::NodeAndRegistration);
TINYML_TELL(NonPersistentArenaBufferAllocator, tflite::NonPersistentArenaBufferAllocator);
TINYML_TELL(PersistentArenaBufferAllocator, tflite::PersistentArenaBufferAllocator);
TINYML_TELL(ScratchBufferHandle, tflite::ScratchBufferHandle);
TINYML_TELL(SingleArenaBufferAllocator, tflite::SingleArenaBufferAllocator);
TINYML_TELL(SubgraphAllocations, tflite::SubgraphAllocations);
TINYML_TELL(ScratchBufferRequest, tflite::internal::ScratchBufferRequest);
TINYML_TELL(TfLiteAffineQuantization, TfLiteAffineQuantization);
TINYML_TELL(TfLiteEvalTensor, TfLiteEvalTensor);
TINYML_TELL(TfLiteIntArray, TfLiteIntArray);
TINYML_TELL(TfLiteTensor, TfLiteTensor);
TINYML_TELL(pointer, void *);
// What decides the layout of structs that no header shows (a kernel's own), where compilers are compared.
enum tinyml_enum { TINYML_ENUM_VALUE };
TINYML_TELL(basic_bool, bool);
TINYML_TELL(basic_double, double);
TINYML_TELL(basic_enum, tinyml_enum);
TINYML_TELL(basic_int16, short);
TINYML_TELL(basic_int64, long long);
TINYML_TELL(basic_long, long);
TINYML_TELL(basic_size_t, decltype(sizeof(0)));
// An operator's options, as the interpreter unpacks them from the file.
TINYML_TELL(TfLiteAddParams, TfLiteAddParams);
TINYML_TELL(TfLiteArgMaxParams, TfLiteArgMaxParams);
TINYML_TELL(TfLiteArgMinParams, TfLiteArgMinParams);
TINYML_TELL(TfLiteBatchMatMulParams, TfLiteBatchMatMulParams);
TINYML_TELL(TfLiteCallOnceParams, TfLiteCallOnceParams);
TINYML_TELL(TfLiteCastParams, TfLiteCastParams);
TINYML_TELL(TfLiteConcatenationParams, TfLiteConcatenationParams);
TINYML_TELL(TfLiteConvParams, TfLiteConvParams);
TINYML_TELL(TfLiteDepthToSpaceParams, TfLiteDepthToSpaceParams);
TINYML_TELL(TfLiteDepthwiseConvParams, TfLiteDepthwiseConvParams);
TINYML_TELL(TfLiteDivParams, TfLiteDivParams);
TINYML_TELL(TfLiteFullyConnectedParams, TfLiteFullyConnectedParams);
TINYML_TELL(TfLiteGatherParams, TfLiteGatherParams);
TINYML_TELL(TfLiteIfParams, TfLiteIfParams);
TINYML_TELL(TfLiteLeakyReluParams, TfLiteLeakyReluParams);
TINYML_TELL(TfLiteMulParams, TfLiteMulParams);
TINYML_TELL(TfLitePackParams, TfLitePackParams);
TINYML_TELL(TfLitePoolParams, TfLitePoolParams);
TINYML_TELL(TfLiteReducerParams, TfLiteReducerParams);
TINYML_TELL(TfLiteReshapeParams, TfLiteReshapeParams);
TINYML_TELL(TfLiteResizeBilinearParams, TfLiteResizeBilinearParams);
TINYML_TELL(TfLiteResizeNearestNeighborParams, TfLiteResizeNearestNeighborParams);
TINYML_TELL(TfLiteShapeParams, TfLiteShapeParams);
TINYML_TELL(TfLiteSoftmaxParams, TfLiteSoftmaxParams);
TINYML_TELL(TfLiteSpaceToDepthParams, TfLiteSpaceToDepthParams);
TINYML_TELL(TfLiteSplitParams, TfLiteSplitParams);
TINYML_TELL(TfLiteSplitVParams, TfLiteSplitVParams);
TINYML_TELL(TfLiteSqueezeParams, TfLiteSqueezeParams);
TINYML_TELL(TfLiteStridedSliceParams, TfLiteStridedSliceParams);
TINYML_TELL(TfLiteSVDFParams, TfLiteSVDFParams);
TINYML_TELL(TfLiteSubParams, TfLiteSubParams);
TINYML_TELL(TfLiteTransposeConvParams, TfLiteTransposeConvParams);
TINYML_TELL(TfLiteUnidirectionalSequenceLSTMParams, TfLiteUnidirectionalSequenceLSTMParams);
TINYML_TELL(TfLiteUnpackParams, TfLiteUnpackParams);
TINYML_TELL(TfLiteVarHandleParams, TfLiteVarHandleParams);
TINYML_TELL(TfLiteWhileParams, TfLiteWhileParams);
// What a kernel keeps for each operator.
TINYML_TELL(ComparisonParams, tflite::ComparisonParams);
TINYML_TELL(ConcatenationParams, tflite::ConcatenationParams);
TINYML_TELL(DequantizeOpData, tflite::DequantizeOpData);
TINYML_TELL(LeakyReluOpData, tflite::LeakyReluOpData);
TINYML_TELL(OpDataAdd, tflite::OpDataAdd);
TINYML_TELL(OpDataConv, tflite::OpDataConv);
TINYML_TELL(OpDataFullyConnected, tflite::OpDataFullyConnected);
TINYML_TELL(OpDataLogistic, tflite::OpDataLogistic);
TINYML_TELL(OpDataMul, tflite::OpDataMul);
TINYML_TELL(OpDataPooling, tflite::OpDataPooling);
TINYML_TELL(OpDataQuantizeReference, tflite::OpDataQuantizeReference);
TINYML_TELL(OpDataReduce, tflite::OpDataReduce);
TINYML_TELL(OpDataSub, tflite::OpDataSub);
TINYML_TELL(ReluOpData, tflite::ReluOpData);
TINYML_TELL(Relu6OpData, tflite::Relu6OpData);
TINYML_TELL(SoftmaxParams, tflite::SoftmaxParams);
TINYML_TELL(StridedSliceParams, tflite::StridedSliceParams);
}

// A private member is seen with -fno-access-control alone.
#define TINYML_MEMBER(type, member)                                                           \
  template <typename T, unsigned O = __builtin_offsetof(T, member)>                           \
  constexpr unsigned tinyml_offset_##type##_##member(T *) { return O + 1; }                   \
  constexpr unsigned tinyml_offset_##type##_##member(...) { return 0; }                       \
  extern "C" {                                                                                \
  __attribute__((used)) char tinyml_at_##type##__##member[                                    \
      tinyml_offset_##type##_##member((type *)nullptr) + 1];                                  \
  }

namespace tinyml {
using namespace tflite;
using namespace tflite::internal;
#include "struct_members.h"
}  // namespace tinyml
