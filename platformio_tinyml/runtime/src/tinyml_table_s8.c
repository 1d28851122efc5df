#include "tinyml_core.h"

#include "tinyml_kernels.h"

void tinyml_table_s8(const tinyml_table_params *params, const int8_t *input, const int8_t *table, int8_t *output)
{
    tinyml_table_params p;
    TINYML_READ_PARAMS(p, params);
#if defined(TINYML_HELIUM)
    for (; p.size > 0; p.size -= 16, input += 16, output += 16) {
        const mve_pred16_t some = vctp8q((uint32_t)p.size);
        const uint8x16_t places = vldrbq_z_u8((const uint8_t *)input, some);
        vstrbq_p_s8(output, vldrbq_gather_offset_z_s8(table, places, some), some);
    }
#else
    for (; p.size > 3; p.size -= 4, input += 4, output += 4) {
        const uint8_t a = (uint8_t)input[0], b = (uint8_t)input[1], c = (uint8_t)input[2], d = (uint8_t)input[3];
        output[0] = tinyml_read_i8(table + a);
        output[1] = tinyml_read_i8(table + b);
        output[2] = tinyml_read_i8(table + c);
        output[3] = tinyml_read_i8(table + d);
    }
    for (; p.size > 0; p.size--) {
        *output++ = tinyml_read_i8(table + (uint8_t)*input++);
    }
#endif
}
