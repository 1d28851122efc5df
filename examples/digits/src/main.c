/* Classify handwritten digits that the model has never seen, and count how many it gets right. */
#ifndef ARDUINO

#include <stdio.h>

#include <digits_model.h>

#include "classify.h"
#include "test_digits.h"

/* How many digits are printed; wrong ones always are. -D DIGITS_SHOWN=360 shows all. */
#ifndef DIGITS_SHOWN
#define DIGITS_SHOWN 10
#endif

int main(void)
{
    int right = 0;
    int digit;

    if (digits_init() != TINYML_OK) {
        puts("digits: init failed");
        return 1;
    }
    for (digit = 0; digit < TEST_DIGITS; digit++) {
        const int label = test_labels[digit];
        const int8_t *scores = NULL;
        const int prediction = classify(test_pixels[digit], &scores);

        if (prediction < 0) {
            puts("digits: invoke failed");
            return 1;
        }
        right += prediction == label;
        if (digit < DIGITS_SHOWN || prediction != label) {
            int i;

            printf("digit %3d: label %d, prediction %d, scores", digit, label, prediction);
            for (i = 0; i < DIGITS_OUTPUT_0_SIZE; i++) {
                printf(" %d", scores[i]);
            }
            puts(prediction == label ? "" : "  <- wrong");
        }
    }
    printf("%d of %d digits right\n", right, TEST_DIGITS);
    return right * 10 >= TEST_DIGITS * 9 ? 0 : 1;
}

#endif
