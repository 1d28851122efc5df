#include "tinyml_broadcast.h"
#include "tinyml_kernels.h"
#include "tinyml_words.h"

static int64_t tinyml_read_either_s64(const int64_t *address, int8_t in_flash)
{
    return tinyml_long(address, 0, in_flash);
}

void tinyml_binary_s64(const tinyml_binary_s32_params *params, const int64_t *input1, const int64_t *input2,
                       int64_t *output)
{
    TINYML_PARAMS(tinyml_binary_s32_params, p, params);
    TINYML_BROADCAST_ALIKE(int64_t, int64_t, tinyml_read_either_s64, *p, input1, input2, output, x, y,
                           (x > y) == (p->kind == TINYML_MAXIMUM) ? x : y);
}
