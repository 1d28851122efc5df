/* The kernels, by family. Each computes what the operator of its name computes in TensorFlow Lite Micro's reference kernels,
   bit for bit.

   Every kernel takes its params, one pointer per input, then one per output. params, filter, bias, multiplier and shift
   are in flash (tinyml_flash.h), inputs and outputs in RAM. Shapes are NHWC, row-major. Kernels trust their params: the
   rules of platformio_tinyml/operators/ are what keeps every access in bounds. Where an output may share memory with an
   input is said by the same files.

   multiplier and shift stand for the real number multiplier * 2^(shift - 31): multiplier is 0 or 2^30 to 2^31 - 1,
   shift -31 to 30. A scale is two words in flash: multiplier and shift, or where is_quick is 1, of shifts of -31 to -2,
   2 * multiplier (modulo 2^32) and 2^(32 + shift), both 0 where multiplier is. input_offset is -zero_point of the input,
   output_offset zero_point of the output, -128 to 128.
   Sizes that fit 15 bits for sure are int16_t; an int has 16 bits on AVR, so products are made of int32_t.

   Float kernels (f32) form sums in the order of TensorFlow Lite Micro's reference kernels, each product rounded before it is
   added: outputs without exponentials are equal to the bit. min_bits and max_bits are the fused activation's bounds as the bits
   of floats. */
#ifndef TINYML_KERNELS_H
#define TINYML_KERNELS_H

#include "tinyml_flash.h"

/* Types of elements of kernels that take several. */
enum {
    TINYML_INT8,
    TINYML_INT16,
    TINYML_INT32,
    TINYML_UINT32,
    TINYML_FLOAT32,
    TINYML_BOOL,
    TINYML_INT64
};

#include "tinyml_kernels_filters.h"
#include "tinyml_kernels_reductions.h"
#include "tinyml_kernels_broadcast.h"
#include "tinyml_kernels_compare.h"
#include "tinyml_kernels_elementwise.h"
#include "tinyml_kernels_moves.h"
#include "tinyml_kernels_recurrent.h"
#include "tinyml_kernels_signal.h"
#include "tinyml_kernels_s16.h"

#endif
