/* From a window of vibration to what the model sees. */
#ifndef BANDS_H
#define BANDS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WINDOW 256
#define BANDS 32

/* log10 of the mean power in each of 32 bands up to half the sample rate; samples in thousandths of g. */
void band_powers(const int16_t samples[WINDOW], float bands[BANDS]);

#ifdef __cplusplus
}
#endif

#endif
