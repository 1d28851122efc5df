#include "tinyml_core.h"

#include "tinyml_fft_s16.h"
#include "tinyml_kernels.h"

void tinyml_signal_irfft_s16(const tinyml_signal_rfft_params *params, const int16_t *input, const int16_t *twiddles,
                             const int16_t *halves, int16_t *output, void *scratch)
{
    TINYML_PARAMS(tinyml_signal_rfft_params, p, params);
    const int32_t size = INT32_C(1) << p->bits;
    tinyml_complex_s16 *work = (tinyml_complex_s16 *)scratch;
    int32_t row, k;
    for (row = 0; row < p->rows; row++, input += 2 * size + 2, output += 2 * size) {
        tinyml_complex_s16 *x = (tinyml_complex_s16 *)(void *)output;
        work[0] = tinyml_fft_part(
            tinyml_fft_complex(input[0] + input[2 * size], input[0] - input[2 * size]), TINYML_FFT_HALF);
        for (k = 1; k <= size / 2; k++) {
            const int16_t *low = input + 2 * k, *high = input + 2 * (size - k);
            const tinyml_complex_s16 a = tinyml_fft_part(tinyml_fft_complex(low[0], low[1]), TINYML_FFT_HALF);
            const tinyml_complex_s16 b = tinyml_fft_part(tinyml_fft_complex(high[0], -high[1]), TINYML_FFT_HALF);
            const tinyml_complex_s16 even = tinyml_fft_add(a, b);
            const tinyml_complex_s16 odd = tinyml_fft_times(tinyml_fft_sub(a, b), halves, k - 1);
            const tinyml_complex_s16 rest = tinyml_fft_sub(even, odd);
            work[k] = tinyml_fft_add(even, odd);
            work[size - k] = tinyml_fft_complex(rest.r, -rest.i);
        }
        for (k = 0; k < size; k++) {
            x[k] = work[tinyml_fft_source(k, p->bits)];
        }
        tinyml_fft_s16(x, p->bits, twiddles, 1);
    }
}
