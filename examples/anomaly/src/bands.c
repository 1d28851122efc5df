#include "bands.h"

#include <math.h>

#define BINS 4
#define FLOOR 1e-3f

/* |DFT|^2 of one bin by Goertzel's recurrence. */
static float power(const int16_t samples[WINDOW], int bin)
{
    const float turn = 2.0f * cosf(6.28318531f * (float)bin / (float)WINDOW);
    float last = 0.0f;
    float before = 0.0f;
    int i;

    for (i = 0; i < WINDOW; i++) {
        const float now = (float)samples[i] / 1000.0f + turn * last - before;

        before = last;
        last = now;
    }
    return last * last + before * before - turn * last * before;
}

void band_powers(const int16_t samples[WINDOW], float bands[BANDS])
{
    int band;
    int bin;

    for (band = 0; band < BANDS; band++) {
        float sum = 0.0f;

        for (bin = 0; bin < BINS; bin++) {
            sum += power(samples, 1 + band * BINS + bin); /* bin 0 is gravity */
        }
        bands[band] = log10f(sum / (float)BINS + FLOOR);
    }
}
