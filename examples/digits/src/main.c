/* Classify handwritten digits that the model has never seen, and count how many it gets right. */
#include <stdio.h>

#include <digits_model.h>

#include "test_digits.h"

/* How many digits are printed; wrong ones always are. -D DIGITS_SHOWN=360 shows all. */
#ifndef DIGITS_SHOWN
#define DIGITS_SHOWN 10
#endif

/* An 8x8 image of 0..16 becomes the model's 16x16 input: every pixel twice both ways, quantized by table. */
static void write_input(const uint8_t pixels[64], int8_t *input)
{
    static digits_input_0_t quantized[17];
    static int ready;
    int row;
    int column;

    if (!ready) {
        for (row = 0; row <= 16; row++) {
            quantized[row] = digits_quantize_input_0((float)row / 16.0f);
        }
        ready = 1;
    }
    for (row = 0; row < 16; row++) {
        for (column = 0; column < 16; column++) {
            input[row * 16 + column] = quantized[pixels[row / 2 * 8 + column / 2]];
        }
    }
}

static int largest(const int8_t *scores)
{
    int best = 0;
    int i;

    for (i = 1; i < DIGITS_OUTPUT_0_SIZE; i++) {
        if (scores[i] > scores[best]) {
            best = i;
        }
    }
    return best;
}

int main(void)
{
    int right = 0;
    int digit;

    if (digits_init() != TINYML_OK) {
        puts("digits: init failed");
        return 1;
    }
    for (digit = 0; digit < TEST_DIGITS; digit++) {
        const int8_t *scores;
        int prediction;

        write_input(test_pixels[digit], digits_input_0());
        if (digits_invoke() != TINYML_OK) {
            puts("digits: invoke failed");
            return 1;
        }
        scores = digits_output_0();
        prediction = largest(scores);
        right += prediction == test_labels[digit];
        if (digit < DIGITS_SHOWN || prediction != test_labels[digit]) {
            int i;

            printf("digit %3d: label %d, prediction %d, scores", digit, test_labels[digit], prediction);
            for (i = 0; i < DIGITS_OUTPUT_0_SIZE; i++) {
                printf(" %d", scores[i]);
            }
            puts(prediction == test_labels[digit] ? "" : "  <- wrong");
        }
    }
    printf("%d of %d digits right\n", right, TEST_DIGITS);
    return right * 10 >= TEST_DIGITS * 9 ? 0 : 1;
}
