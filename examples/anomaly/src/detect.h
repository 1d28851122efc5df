/* How unlike a healthy bearing a window of vibration is. */
#ifndef DETECT_H
#define DETECT_H

#include <stdint.h>

#include "bands.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The mean squared error of the model's reconstruction, or -1 where the model failed. */
float reconstruction_error(const int16_t samples[WINDOW]);

#ifdef __cplusplus
}
#endif

#endif
