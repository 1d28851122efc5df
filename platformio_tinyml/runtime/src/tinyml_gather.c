#include "tinyml_core.h"

#include "tinyml_kernels.h"
#include "tinyml_run.h"

/* Bytes from the start of a block to what the index at `parts` names. */
static int32_t tinyml_gather_offset(const tinyml_gather_params *p, const int32_t *parts)
{
    const int32_t sizes[5] = {p->size_0, p->size_1, p->size_2, p->size_3, p->size_4};
    const int32_t steps[5] = {p->step_0, p->step_1, p->step_2, p->step_3, p->step_4};
    int32_t offset = 0;
    int8_t part;
    for (part = 0; part < p->depth; part++) {
        int32_t index = p->indices_in_flash ? tinyml_read_i32(parts + part) : parts[part];
        index = index < 0 ? 0 : index < sizes[part] ? index : sizes[part] - 1;
        offset += index * steps[part];
    }
    return offset;
}

void tinyml_gather(const tinyml_gather_params *params, const void *input, const int32_t *indices, void *output)
{
    tinyml_gather_params p;
    const int8_t *from = (const int8_t *)input;
    int8_t *to = (int8_t *)output;
    int32_t batch, outer, i;
    TINYML_READ_PARAMS(p, params);
    for (batch = 0; batch < p.batches; batch++, indices += p.count * p.depth) {
        for (outer = 0; outer < p.outer; outer++, from += p.block) {
            for (i = 0; i < p.count; i++, to += p.run) {
                tinyml_copy_run(from + tinyml_gather_offset(&p, indices + i * p.depth), to, p.run, p.input_in_flash);
            }
        }
    }
}
