#include "classify.h"

#include <digits_model.h>

/* The model wants 16x16: every pixel twice both ways, in training as here. */
static void write_input(const uint8_t pixels[64], digits_input_0_t *input)
{
    digits_input_0_t quantized[17];
    int row;
    int column;

    for (row = 0; row <= 16; row++) {
        quantized[row] = digits_quantize_input_0((float)row / 16.0f);
    }
    for (row = 0; row < 16; row++) {
        for (column = 0; column < 16; column++) {
            input[row * 16 + column] = quantized[pixels[row / 2 * 8 + column / 2]];
        }
    }
}

int classify(const uint8_t pixels[64], const int8_t **scores)
{
    int best = 0;
    int i;

    write_input(pixels, digits_input_0());
    if (digits_invoke() != TINYML_OK) {
        return -1;
    }
    *scores = digits_output_0();
    for (i = 1; i < DIGITS_OUTPUT_0_SIZE; i++) {
        if ((*scores)[i] > (*scores)[best]) {
            best = i;
        }
    }
    return best;
}
