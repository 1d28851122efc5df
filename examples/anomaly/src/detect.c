#include "detect.h"

#include <vibration_model.h>

float reconstruction_error(const int16_t samples[WINDOW])
{
    float bands[BANDS];
    float sum = 0.0f;
    int i;

    band_powers(samples, bands);
    for (i = 0; i < BANDS; i++) {
        vibration_input_0()[i] = vibration_quantize_input_0(bands[i]);
    }
    if (vibration_invoke() != TINYML_OK) {
        return -1.0f;
    }
    for (i = 0; i < BANDS; i++) {
        const float difference = vibration_dequantize_output_0(vibration_output_0()[i]) - bands[i];

        sum += difference * difference;
    }
    return sum / (float)BANDS;
}
