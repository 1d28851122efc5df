#include "tinyml_core.h"

#include "tinyml_fft_s16.h"
#include "tinyml_kernels.h"

/* Pairs of real numbers are transformed as complex ones, in the output itself, which is one longer. */
void tinyml_signal_rfft_s16(const tinyml_signal_rfft_params *params, const int16_t *input, const int16_t *twiddles,
                            const int16_t *halves, int16_t *output)
{
    TINYML_PARAMS(tinyml_signal_rfft_params, p, params);
    const int32_t size = INT32_C(1) << p->bits;
    int32_t row, k;
    for (row = 0; row < p->rows; row++, input += p->input_length, output += 2 * size + 2) {
        tinyml_complex_s16 *x = (tinyml_complex_s16 *)(void *)output;
        for (k = 0; k < size; k++) {
            const int32_t at = 2 * tinyml_fft_source(k, p->bits);
            x[k] = tinyml_fft_complex(at < p->input_length ? input[at] : 0, at + 1 < p->input_length ? input[at + 1] : 0);
        }
        tinyml_fft_s16(x, p->bits, twiddles, 0);
        x[0] = tinyml_fft_part(x[0], TINYML_FFT_HALF);
        x[size] = tinyml_fft_complex(x[0].r - x[0].i, 0);
        x[0] = tinyml_fft_complex(x[0].r + x[0].i, 0);
        for (k = 1; k <= size / 2; k++) {
            const tinyml_complex_s16 a = tinyml_fft_part(x[k], TINYML_FFT_HALF);
            const tinyml_complex_s16 b =
                tinyml_fft_part(tinyml_fft_complex(x[size - k].r, -x[size - k].i), TINYML_FFT_HALF);
            const tinyml_complex_s16 even = tinyml_fft_add(a, b);
            const tinyml_complex_s16 odd = tinyml_fft_times(tinyml_fft_sub(a, b), halves, k - 1);
            x[k] = tinyml_fft_complex((even.r + odd.r) >> 1, (even.i + odd.i) >> 1);
            x[size - k] = tinyml_fft_complex((even.r - odd.r) >> 1, (odd.i - even.i) >> 1);
        }
    }
}
